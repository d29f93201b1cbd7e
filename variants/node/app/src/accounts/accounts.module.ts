import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { PasswordHasher } from './password-hasher.js';

@Module({
  imports: [LimitsModule],
  controllers: [AccountsController],
  providers: [AccountsService, AccountsRepository, PasswordHasher],
  exports: [AccountsRepository, PasswordHasher],
})
export class AccountsModule {}
