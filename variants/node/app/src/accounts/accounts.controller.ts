import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { CurrentAccount, Public, type SignedIn } from '../auth/auth.guard.js';
import { PeerAddress } from '../http/peer-address.js';
import { line } from '../http/validation.js';
import { AccountsService } from './accounts.service.js';

const EMAIL = /^\s*[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\s*$/;

const registration = z.strictObject({
  email: line(3, 254)
    .regex(EMAIL, { error: 'Must be an e-mail address.' })
    .transform((email) => email.trim().toLowerCase()),
  password: line(12, 128),
});

@Controller()
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Public()
  @Post('accounts')
  @HttpCode(202)
  async register(@Body({ schema: registration }) body: z.infer<typeof registration>, @PeerAddress() address: string) {
    await this.accounts.register(body.email, body.password, address);
    return { status: 'accepted' };
  }

  @Get('me')
  me(@CurrentAccount() account: SignedIn) {
    return { id: account.id, email: account.email };
  }
}
