import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../database/database.js';
import { RateLimiter } from '../limits/rate-limit.js';
import { SETTINGS, type Settings } from '../settings.js';
import { AccountsRepository } from './accounts.repository.js';
import { PasswordHasher } from './password-hasher.js';

@Injectable()
export class AccountsService {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly accounts: AccountsRepository,
    private readonly hasher: PasswordHasher,
    private readonly limiter: RateLimiter,
  ) {}

  /** Says nothing of whether the address was free: neither by its result nor by its time, since both ways hash. */
  async register(email: string, password: string, address: string): Promise<void> {
    const { perAddress, windowSeconds } = this.settings.login;
    await this.limiter.admit([{ kind: 'register-address', subject: address, limit: perAddress, windowSeconds }]);
    const passwordHash = await this.hasher.hash(password);
    await this.accounts.insertIfFree(this.db, { id: randomUUID(), email, passwordHash });
  }
}
