import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { DATABASE, type Database } from '../database/database.js';
import { DomainError } from '../errors.js';
import { AccessTokens } from './access-tokens.js';

export interface SignedIn {
  id: string;
  email: string;
}

type WithAccount = Request & { account?: SignedIn };

const PUBLIC = 'public';
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;

/** Opens one route to callers that are not signed in; every other route is closed. */
export const Public = () => SetMetadata(PUBLIC, true);

export const CurrentAccount = createParamDecorator((_data: unknown, context: ExecutionContext): SignedIn => {
  const { account } = context.switchToHttp().getRequest<WithAccount>();
  if (!account) throw new DomainError('unauthorized', 'Sign in first.');
  return account;
});

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: AccessTokens,
    @Inject(DATABASE) private readonly db: Database,
    private readonly accounts: AccountsRepository,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<WithAccount>();
    const token = BEARER.exec(request.get('authorization') ?? '')?.[1];
    if (token === undefined) throw new DomainError('unauthorized', 'Sign in first.');
    const accountId = await this.tokens.verify(token);
    const account = await this.accounts.findIdentity(this.db, accountId); // a deleted account is out at once
    if (!account) throw new DomainError('unauthorized', 'The access token is not valid.');
    request.account = account;
    return true;
  }
}
