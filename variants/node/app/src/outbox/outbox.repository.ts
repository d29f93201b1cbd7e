import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { and, asc, eq, inArray, isNull, lte, sql } from 'drizzle-orm';
import type { Executor, Transaction } from '../database/database.js';
import { type OutboxRow, outbox } from '../database/schema.js';

export type Topic = 'booking.created' | 'booking.cancelled' | 'event.cancelled';

const inMilliseconds = (ms: number) => sql`clock_timestamp() + make_interval(secs => ${ms / 1000})`;

@Injectable()
export class OutboxRepository {
  /** Takes a transaction, not the database: a message belongs to the change that it tells of. */
  async add(tx: Transaction, topic: Topic, payload: unknown): Promise<void> {
    await tx.insert(outbox).values({ id: randomUUID(), topic, payload });
  }

  /** One due row, hidden from other workers until the lease runs out. Rows that another worker is claiming are passed over. */
  async claim(db: Executor, leaseSeconds: number): Promise<OutboxRow | undefined> {
    const due = db
      .select({ id: outbox.id })
      .from(outbox)
      .where(and(isNull(outbox.deliveredAt), isNull(outbox.failedAt), lte(outbox.availableAt, sql`clock_timestamp()`)))
      .orderBy(asc(outbox.availableAt))
      .limit(1)
      .for('update', { skipLocked: true });
    const [row] = await db
      .update(outbox)
      .set({ attempts: sql`${outbox.attempts} + 1`, availableAt: inMilliseconds(leaseSeconds * 1000) })
      .where(inArray(outbox.id, due))
      .returning();
    return row;
  }

  async markDelivered(db: Executor, row: OutboxRow): Promise<void> {
    await db.update(outbox).set({ deliveredAt: sql`clock_timestamp()`, lastError: null }).where(eq(outbox.id, row.id));
  }

  async retryLater(db: Executor, row: OutboxRow, delayMs: number, reason: string): Promise<void> {
    await db
      .update(outbox)
      .set({ availableAt: inMilliseconds(delayMs), lastError: reason })
      .where(this.stillHeld(row));
  }

  async giveUp(db: Executor, row: OutboxRow, reason: string): Promise<void> {
    await db.update(outbox).set({ failedAt: sql`clock_timestamp()`, lastError: reason }).where(this.stillHeld(row));
  }

  /** Another worker may have taken the row after the lease ran out; its word then counts. */
  private stillHeld(row: OutboxRow) {
    return and(eq(outbox.id, row.id), eq(outbox.attempts, row.attempts), isNull(outbox.deliveredAt));
  }
}
