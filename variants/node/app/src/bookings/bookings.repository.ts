import { Injectable } from '@nestjs/common';
import { and, desc, eq, getTableColumns } from 'drizzle-orm';
import { type Executor, type Transaction, violates } from '../database/database.js';
import { accounts, type BookingRow, bookings, events } from '../database/schema.js';
import { DomainError } from '../errors.js';
import { before, microseconds, type PageRequest } from '../http/page.js';

type NewBooking = Pick<BookingRow, 'id' | 'eventId' | 'accountId' | 'seats' | 'totalCents' | 'currency'>;

@Injectable()
export class BookingsRepository {
  async find(
    db: Executor,
    id: string,
  ): Promise<(BookingRow & { eventOwnerId: string; eventStartsAt: Date }) | undefined> {
    const [booking] = await db
      .select({ ...getTableColumns(bookings), eventOwnerId: events.ownerId, eventStartsAt: events.startsAt })
      .from(bookings)
      .innerJoin(events, eq(events.id, bookings.eventId))
      .where(eq(bookings.id, id));
    return booking;
  }

  /** Throws already_booked: the unique index knows it even when two requests come at once. */
  async insert(tx: Transaction, booking: NewBooking): Promise<BookingRow> {
    try {
      const [row] = await tx.insert(bookings).values(booking).returning();
      if (!row) throw new Error('the insert returned no row');
      return row;
    } catch (error) {
      if (!violates(error, 'bookings_active_key')) throw error;
      throw new DomainError('already_booked', 'You have a booking for this event.');
    }
  }

  /** Nothing is returned if it was cancelled before: of two at once, one wins. */
  async cancel(tx: Transaction, id: string, at: Date): Promise<BookingRow | undefined> {
    const [row] = await tx
      .update(bookings)
      .set({ status: 'cancelled', cancelledAt: at })
      .where(and(eq(bookings.id, id), eq(bookings.status, 'booked')))
      .returning();
    return row;
  }

  async findOfAccount(
    db: Executor,
    accountId: string,
    page: PageRequest,
  ): Promise<(BookingRow & { position: string })[]> {
    return db
      .select({ ...getTableColumns(bookings), position: microseconds(bookings.createdAt) })
      .from(bookings)
      .where(and(eq(bookings.accountId, accountId), before(bookings.createdAt, bookings.id, page.cursor)))
      .orderBy(desc(bookings.createdAt), desc(bookings.id))
      .limit(page.limit + 1);
  }

  /** With the guests' addresses in the same statement: one query, however many guests there are. */
  async findGuests(
    db: Executor,
    eventId: string,
    page: PageRequest,
  ): Promise<(BookingRow & { email: string; position: string })[]> {
    return db
      .select({ ...getTableColumns(bookings), email: accounts.email, position: microseconds(bookings.createdAt) })
      .from(bookings)
      .innerJoin(accounts, eq(accounts.id, bookings.accountId))
      .where(and(eq(bookings.eventId, eventId), before(bookings.createdAt, bookings.id, page.cursor)))
      .orderBy(desc(bookings.createdAt), desc(bookings.id))
      .limit(page.limit + 1);
  }
}
