import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AccessTokens } from './access-tokens.js';
import { AuthController } from './auth.controller.js';
import { AuthGuard } from './auth.guard.js';
import { AuthService } from './auth.service.js';
import { PostgresRateLimitStore, RateLimiter, RateLimitStore } from './rate-limit.js';
import { RefreshTokensRepository } from './refresh-tokens.repository.js';

// region: injection
@Module({
  imports: [AccountsModule],
  controllers: [AuthController],
  providers: [
    AuthService,
    AccessTokens,
    RefreshTokensRepository,
    RateLimiter,
    // An abstract class is the interface and its own token: a test gives another class here.
    { provide: RateLimitStore, useClass: PostgresRateLimitStore },
    // For the whole application: a new route is closed until it says @Public().
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
})
export class AuthModule {}
// endregion: injection
