import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { PasswordHasher } from '../accounts/password-hasher.js';
import { Clock } from '../clock.js';
import { DATABASE, type Database, type Executor } from '../database/database.js';
import { DomainError } from '../errors.js';
import { RateLimiter } from '../limits/rate-limit.js';
import { SETTINGS, type Settings } from '../settings.js';
import { AccessTokens } from './access-tokens.js';
import { RefreshTokensRepository } from './refresh-tokens.repository.js';

export interface TokenPair {
  access_token: string;
  refresh_token: string;
  token_type: 'Bearer';
  expires_in: number;
}

@Injectable()
export class AuthService {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly accounts: AccountsRepository,
    private readonly refreshTokens: RefreshTokensRepository,
    private readonly accessTokens: AccessTokens,
    private readonly hasher: PasswordHasher,
    private readonly limiter: RateLimiter,
    private readonly clock: Clock,
  ) {}

  async login(email: string, password: string, address: string): Promise<TokenPair> {
    const { perAccount, perAddress, windowSeconds } = this.settings.login;
    await this.limiter.admit([
      { kind: 'login-account', subject: email, limit: perAccount, windowSeconds },
      { kind: 'login-address', subject: address, limit: perAddress, windowSeconds },
    ]);
    const account = await this.accounts.findByEmail(this.db, email);
    const matches = await this.hasher.verify(password, account?.passwordHash);
    if (!account || !matches) throw new DomainError('unauthorized', 'The address or the password is wrong.');
    if (this.hasher.needsRehash(account.passwordHash)) {
      await this.accounts.updatePasswordHash(this.db, account.id, await this.hasher.hash(password));
    }
    return this.issuePair(this.db, account.id, randomUUID());
  }

  /** Each refresh token is good for one use. A spent one that comes again was stolen, by one side or the other: its family ends. */
  async refresh(refreshToken: string): Promise<TokenPair> {
    const pair = await this.db.transaction(async (tx) => {
      const token = await this.refreshTokens.lock(tx, digest(refreshToken));
      const now = this.clock.now();
      if (!token || token.revokedAt || token.expiresAt <= now) return undefined;
      if (token.usedAt) {
        await this.refreshTokens.revokeFamily(tx, token.familyId, now);
        return undefined; // not thrown here: that would roll the revocation back
      }
      await this.refreshTokens.spend(tx, token.id, now);
      return this.issuePair(tx, token.accountId, token.familyId);
    });
    if (!pair) throw new DomainError('unauthorized', 'The refresh token is not valid.');
    return pair;
  }

  async logout(refreshToken: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      const token = await this.refreshTokens.lock(tx, digest(refreshToken));
      if (token) await this.refreshTokens.revokeFamily(tx, token.familyId, this.clock.now());
    });
  }

  private async issuePair(db: Executor, accountId: string, familyId: string): Promise<TokenPair> {
    const refreshToken = randomBytes(32).toString('base64url');
    await this.refreshTokens.insert(db, {
      id: randomUUID(),
      accountId,
      familyId,
      tokenHash: digest(refreshToken),
      expiresAt: new Date(this.clock.now().getTime() + this.settings.refreshTtlSeconds * 1000),
    });
    return {
      access_token: await this.accessTokens.issue(accountId),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: this.settings.accessTtlSeconds,
    };
  }
}

function digest(refreshToken: string): Buffer {
  return createHash('sha256').update(refreshToken).digest();
}
