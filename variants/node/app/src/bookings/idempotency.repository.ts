import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { and, eq } from 'drizzle-orm';
import type { Transaction } from '../database/database.js';
import { idempotencyKeys } from '../database/schema.js';
import { DomainError } from '../errors.js';

// region: idempotent-write
export interface KeyedRequest {
  accountId: string;
  route: string;
  key: string;
  digest: Buffer;
}

/** SHA-256 of the body with its keys in order: two spellings of one body are the same request. */
export function digestOf(body: Record<string, string | number | boolean | null>): Buffer {
  const canonical = JSON.stringify(Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1))));
  return createHash('sha256').update(canonical).digest();
}

@Injectable()
export class IdempotencyRepository {
  /**
   * Takes the key for this transaction, or returns the answer that it had before. Of two at once the second waits here, at
   * the primary key, until the first has committed or rolled back. No other transaction sees the row before it has its answer.
   */
  async claim<Body>(tx: Transaction, request: KeyedRequest): Promise<Body | undefined> {
    const { accountId, route, key, digest } = request;
    const claimed = await tx
      .insert(idempotencyKeys)
      .values({ accountId, route, key, requestDigest: digest, responseStatus: 0, responseBody: {} })
      .onConflictDoNothing()
      .returning({ key: idempotencyKeys.key });
    if (claimed.length > 0) return undefined;
    const [earlier] = await tx.select().from(idempotencyKeys).where(this.is(request));
    if (!earlier) throw new Error('the idempotency key vanished while it was read');
    if (!earlier.requestDigest.equals(digest)) {
      throw new DomainError('idempotency_key_reused', 'This key was used with another body.');
    }
    return earlier.responseBody as Body;
  }

  async complete(tx: Transaction, request: KeyedRequest, status: number, body: unknown): Promise<void> {
    await tx.update(idempotencyKeys).set({ responseStatus: status, responseBody: body }).where(this.is(request));
  }

  private is({ accountId, route, key }: KeyedRequest) {
    return and(
      eq(idempotencyKeys.accountId, accountId),
      eq(idempotencyKeys.route, route),
      eq(idempotencyKeys.key, key),
    );
  }
}
// endregion: idempotent-write
