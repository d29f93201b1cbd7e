import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../database/database.js';
import { AccountsRepository } from './accounts.repository.js';
import { PasswordHasher } from './password-hasher.js';

@Injectable()
export class AccountsService {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    private readonly accounts: AccountsRepository,
    private readonly hasher: PasswordHasher,
  ) {}

  /** Says nothing of whether the address was free: neither by its result nor by its time, since both ways hash. */
  async register(email: string, password: string): Promise<void> {
    const passwordHash = await this.hasher.hash(password);
    await this.accounts.insertIfFree(this.db, { id: randomUUID(), email, passwordHash });
  }
}
