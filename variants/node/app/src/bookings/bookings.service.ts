import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { DATABASE, type Database } from '../database/database.js';
import type { BookingRow } from '../database/schema.js';
import { DomainError, notFound } from '../errors.js';
import { assertBookable, ownedEvent, visibleEvent } from '../events/event.js';
import { EventsRepository } from '../events/events.repository.js';
import { type Page, type PageRequest, toPage } from '../http/page.js';
import { OutboxRepository } from '../outbox/outbox.repository.js';
import { type BookingView, bookingView, guestView } from './booking.js';
import { BookingsRepository } from './bookings.repository.js';
import { digestOf, IdempotencyRepository } from './idempotency.repository.js';

@Injectable()
export class BookingsService {
  constructor(
    @Inject(DATABASE) private readonly db: Database,
    private readonly bookings: BookingsRepository,
    private readonly events: EventsRepository,
    private readonly keys: IdempotencyRepository,
    private readonly outbox: OutboxRepository,
    private readonly clock: Clock,
  ) {}

  // region: idempotent-write
  /** The key, the effect and the message commit together or not at all: a refused booking leaves nothing behind. */
  book(
    accountId: string,
    eventId: string,
    seats: number,
    key: string,
  ): Promise<{ booking: BookingView; replayed: boolean }> {
    const request = { accountId, route: `POST /events/${eventId}/bookings`, key, digest: digestOf({ seats }) };
    return this.db.transaction(async (tx) => {
      const earlier = await this.keys.claim<BookingView>(tx, request);
      if (earlier) return { booking: earlier, replayed: true };
      const event = visibleEvent(await this.events.lock(tx, eventId), accountId);
      assertBookable(event, this.clock.now());
      const row = await this.bookings.insert(tx, {
        id: randomUUID(),
        eventId,
        accountId,
        seats,
        totalCents: seats * event.priceCents,
        currency: event.currency,
      });
      if (seats > event.capacity - event.seatsBooked) throw new DomainError('sold_out', 'Not so many seats are left.');
      await this.events.addSeatsBooked(tx, eventId, seats);
      const booking = bookingView(row);
      await this.outbox.add(tx, 'booking.created', booking);
      await this.keys.complete(tx, request, 201, booking);
      return { booking, replayed: false };
    });
  }
  // endregion: idempotent-write

  async get(accountId: string, id: string): Promise<BookingRow> {
    return this.visible(await this.bookings.find(this.db, id), accountId);
  }

  cancel(accountId: string, id: string): Promise<BookingRow> {
    return this.db.transaction(async (tx) => {
      const { eventId } = this.visible(await this.bookings.find(tx, id), accountId);
      // The event first, as in book(): two transactions that lock in one order cannot block each other for good.
      const event = await this.events.lock(tx, eventId);
      const booking = this.visible(await this.bookings.find(tx, id), accountId);
      if (booking.accountId !== accountId) throw new DomainError('forbidden', 'Only the guest may cancel.');
      const now = this.clock.now();
      if (!event || event.startsAt <= now) throw new DomainError('invalid_state', 'The event has begun.');
      const cancelled = await this.bookings.cancel(tx, id, now);
      if (!cancelled) throw new DomainError('invalid_state', 'The booking is cancelled already.');
      await this.events.addSeatsBooked(tx, eventId, -cancelled.seats);
      await this.outbox.add(tx, 'booking.cancelled', bookingView(cancelled));
      return cancelled;
    });
  }

  async listOwn(accountId: string, page: PageRequest): Promise<Page<BookingView>> {
    const rows = await this.bookings.findOfAccount(this.db, accountId, page);
    return toPage(rows, page.limit, bookingView);
  }

  async listGuests(accountId: string, eventId: string, page: PageRequest): Promise<Page<ReturnType<typeof guestView>>> {
    ownedEvent(await this.events.find(this.db, eventId), accountId);
    const rows = await this.bookings.findGuests(this.db, eventId, page);
    return toPage(rows, page.limit, guestView);
  }

  /** A booking is there for its guest and for the organiser of the event. */
  private visible<T extends { accountId: string; eventOwnerId: string }>(booking: T | undefined, accountId: string): T {
    if (!booking || (booking.accountId !== accountId && booking.eventOwnerId !== accountId)) throw notFound();
    return booking;
  }
}
