import { Module } from '@nestjs/common';
import { OutboxRepository } from './outbox.repository.js';
import { OutboxWorker } from './outbox.worker.js';
import { Webhook } from './webhook.js';

@Module({
  providers: [OutboxRepository, OutboxWorker, Webhook],
  exports: [OutboxRepository],
})
export class OutboxModule {}
