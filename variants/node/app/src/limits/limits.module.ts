// region: injection
import { Module } from '@nestjs/common';
import { PostgresRateLimitStore, RateLimiter, RateLimitStore } from './rate-limit.js';

/** An abstract class is the interface and its own token: who asks for it knows nothing of PostgreSQL, and a test gives another class. */
@Module({
  providers: [RateLimiter, { provide: RateLimitStore, useClass: PostgresRateLimitStore }],
  exports: [RateLimiter],
})
export class LimitsModule {}
// endregion: injection
