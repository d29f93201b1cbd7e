import { Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { PasswordHasher } from './password-hasher.js';

@Module({
  controllers: [AccountsController],
  providers: [AccountsService, AccountsRepository, PasswordHasher],
  exports: [AccountsRepository, PasswordHasher],
})
export class AccountsModule {}
