import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { BookingsController } from './bookings.controller.js';
import { BookingsRepository } from './bookings.repository.js';
import { BookingsService } from './bookings.service.js';
import { IdempotencyRepository } from './idempotency.repository.js';

@Module({
  imports: [EventsModule, OutboxModule],
  controllers: [BookingsController],
  providers: [BookingsService, BookingsRepository, IdempotencyRepository],
})
export class BookingsModule {}
