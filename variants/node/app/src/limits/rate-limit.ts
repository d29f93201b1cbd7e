import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../database/database.js';
import { rateLimits } from '../database/schema.js';
import { DomainError } from '../errors.js';

// region: rate-limit
export interface Window {
  hits: number;
  secondsLeft: number;
}

/** Counts hits in fixed windows. The store is shared: a counter in memory would give each process its own limit. */
export abstract class RateLimitStore {
  abstract hit(bucket: string, windowSeconds: number): Promise<Window>;
}

@Injectable()
export class PostgresRateLimitStore extends RateLimitStore {
  constructor(@Inject(DATABASE) private readonly db: Database) {
    super();
  }

  /** One statement, so that parallel hits are all counted; the database's clock, since processes may differ. */
  async hit(bucket: string, windowSeconds: number): Promise<Window> {
    const now = sql`clock_timestamp()`;
    const ends = sql`${rateLimits.windowStart} + make_interval(secs => ${windowSeconds})`;
    const over = sql`${ends} <= ${now}`;
    const [window] = await this.db
      .insert(rateLimits)
      .values({ bucket, windowStart: now, hits: 1 })
      .onConflictDoUpdate({
        target: rateLimits.bucket,
        set: {
          windowStart: sql`CASE WHEN ${over} THEN ${now} ELSE ${rateLimits.windowStart} END`,
          hits: sql`CASE WHEN ${over} THEN 1 ELSE ${rateLimits.hits} + 1 END`,
        },
      })
      .returning({
        hits: rateLimits.hits,
        secondsLeft: sql<number>`greatest(1, ceil(extract(epoch FROM ${ends} - ${now})))::integer`,
      });
    if (!window) throw new Error('the upsert returned no row');
    return window;
  }
}

@Injectable()
export class RateLimiter {
  constructor(private readonly store: RateLimitStore) {}

  /** Counts this attempt in each bucket; past a limit it is refused, whatever it brings. */
  async admit(limits: { kind: string; subject: string; limit: number; windowSeconds: number }[]): Promise<void> {
    let retryAfterSeconds = 0;
    for (const { kind, subject, limit, windowSeconds } of limits) {
      const digest = createHash('sha256').update(subject).digest('hex'); // no address at rest
      const { hits, secondsLeft } = await this.store.hit(`${kind}:${digest}`, windowSeconds);
      if (hits > limit) retryAfterSeconds = Math.max(retryAfterSeconds, secondsLeft);
    }
    if (retryAfterSeconds > 0) {
      throw new DomainError('rate_limited', `Try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });
    }
  }
}
// endregion: rate-limit
