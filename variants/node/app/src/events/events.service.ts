// region: template-service
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { DATABASE, type Database } from '../database/database.js';
import type { EventRow } from '../database/schema.js';
import { DomainError } from '../errors.js';
import { type Page, type PageRequest, toPage } from '../http/page.js';
import { OutboxRepository } from '../outbox/outbox.repository.js';
import {
  assertCancellable,
  assertChangeable,
  assertPublishable,
  type EventChange,
  type EventInput,
  eventView,
  ownedEvent,
  visibleEvent,
} from './event.js';
import { EventsRepository } from './events.repository.js';

@Injectable()
export class EventsService {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    private readonly events: EventsRepository,
    private readonly outbox: OutboxRepository,
    private readonly clock: Clock,
  ) {}

  create(accountId: string, input: EventInput): Promise<EventRow> {
    return this.events.insert(this.db, { id: randomUUID(), ownerId: accountId, ...input });
  }

  async get(accountId: string, id: string): Promise<EventRow> {
    return visibleEvent(await this.events.find(this.db, id), accountId);
  }

  async listUpcoming(page: PageRequest): Promise<Page<ReturnType<typeof eventView>>> {
    const rows = await this.events.findUpcoming(this.db, this.clock.now(), page);
    return toPage(rows, page.limit, eventView);
  }

  // region: optimistic-update
  /** Changes the version that the caller has seen. The lock keeps bookings away while the rules are checked. */
  change(accountId: string, id: string, version: number, change: EventChange): Promise<EventRow> {
    return this.db.transaction(async (tx) => {
      const event = ownedEvent(await this.events.lock(tx, id), accountId);
      if (event.version !== version) {
        throw new DomainError('precondition_failed', `The event has changed: its version is ${event.version}.`);
      }
      assertChangeable(event, change);
      return this.events.update(tx, id, change);
    });
  }
  // endregion: optimistic-update

  publish(accountId: string, id: string): Promise<EventRow> {
    return this.db.transaction(async (tx) => {
      const event = ownedEvent(await this.events.lock(tx, id), accountId);
      assertPublishable(event, this.clock.now());
      return this.events.update(tx, id, { status: 'published' });
    });
  }

  cancel(accountId: string, id: string): Promise<EventRow> {
    return this.db.transaction(async (tx) => {
      assertCancellable(ownedEvent(await this.events.lock(tx, id), accountId));
      const cancelled = await this.events.update(tx, id, { status: 'cancelled' });
      await this.outbox.add(tx, 'event.cancelled', eventView(cancelled));
      return cancelled;
    });
  }
}
// endregion: template-service
