import { Injectable } from '@nestjs/common';
import { and, eq, isNull } from 'drizzle-orm';
import type { Executor, Transaction } from '../database/database.js';
import { accounts, type RefreshTokenRow, refreshTokens } from '../database/schema.js';

@Injectable()
export class RefreshTokensRepository {
  async insert(
    db: Executor,
    token: Pick<RefreshTokenRow, 'id' | 'accountId' | 'familyId' | 'tokenHash' | 'expiresAt'>,
  ): Promise<void> {
    await db.insert(refreshTokens).values(token);
  }

  /** Locks the account with the token: ending a family then cannot miss a token that is being made. */
  async lock(tx: Transaction, tokenHash: Buffer): Promise<RefreshTokenRow | undefined> {
    const [row] = await tx
      .select({ token: refreshTokens })
      .from(refreshTokens)
      .innerJoin(accounts, eq(accounts.id, refreshTokens.accountId))
      .where(eq(refreshTokens.tokenHash, tokenHash))
      .for('no key update');
    return row?.token;
  }

  async spend(tx: Transaction, id: string, at: Date): Promise<void> {
    await tx.update(refreshTokens).set({ usedAt: at }).where(eq(refreshTokens.id, id));
  }

  async revokeFamily(tx: Transaction, familyId: string, at: Date): Promise<void> {
    await tx
      .update(refreshTokens)
      .set({ revokedAt: at })
      .where(and(eq(refreshTokens.familyId, familyId), isNull(refreshTokens.revokedAt)));
  }
}
