import { Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import type { Executor } from '../database/database.js';
import { type AccountRow, accounts } from '../database/schema.js';

@Injectable()
export class AccountsRepository {
  /** A taken address is left as it is. */
  async insertIfFree(db: Executor, account: { id: string; email: string; passwordHash: string }): Promise<void> {
    await db.insert(accounts).values(account).onConflictDoNothing({ target: accounts.email });
  }

  async findByEmail(db: Executor, email: string): Promise<AccountRow | undefined> {
    const [account] = await db.select().from(accounts).where(eq(accounts.email, email));
    return account;
  }

  async findIdentity(db: Executor, id: string): Promise<{ id: string; email: string } | undefined> {
    const [account] = await db
      .select({ id: accounts.id, email: accounts.email })
      .from(accounts)
      .where(eq(accounts.id, id));
    return account;
  }

  async updatePasswordHash(db: Executor, id: string, passwordHash: string): Promise<void> {
    await db.update(accounts).set({ passwordHash }).where(eq(accounts.id, id));
  }
}
