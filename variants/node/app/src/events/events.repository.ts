// region: repository
import { Injectable } from '@nestjs/common';
import { and, asc, eq, getTableColumns, gt, sql } from 'drizzle-orm';
import type { Executor, Transaction } from '../database/database.js';
import { type EventRow, events } from '../database/schema.js';
import { after, microseconds, type PageRequest } from '../http/page.js';
import type { EventChange, EventInput } from './event.js';

/** Queries, named for their question. It takes the executor of its caller and never opens or ends a transaction. */
@Injectable()
export class EventsRepository {
  async find(db: Executor, id: string): Promise<EventRow | undefined> {
    const [event] = await db.select().from(events).where(eq(events.id, id));
    return event;
  }

  /** Holds the row until the transaction ends: what was checked stays true. */
  async lock(tx: Transaction, id: string): Promise<EventRow | undefined> {
    const [event] = await tx.select().from(events).where(eq(events.id, id)).for('update');
    return event;
  }

  async findUpcoming(db: Executor, now: Date, page: PageRequest): Promise<(EventRow & { position: string })[]> {
    return db
      .select({ ...getTableColumns(events), position: microseconds(events.startsAt) })
      .from(events)
      .where(
        and(eq(events.status, 'published'), gt(events.startsAt, now), after(events.startsAt, events.id, page.cursor)),
      )
      .orderBy(asc(events.startsAt), asc(events.id))
      .limit(page.limit + 1);
  }

  async insert(db: Executor, event: EventInput & { id: string; ownerId: string }): Promise<EventRow> {
    const [row] = await db.insert(events).values(event).returning();
    return existing(row);
  }

  async update(tx: Transaction, id: string, change: EventChange & { status?: EventRow['status'] }): Promise<EventRow> {
    const [row] = await tx
      .update(events)
      .set({ ...change, version: sql`${events.version} + 1` })
      .where(eq(events.id, id))
      .returning();
    return existing(row);
  }

  async addSeatsBooked(tx: Transaction, id: string, seats: number): Promise<void> {
    await tx
      .update(events)
      .set({ seatsBooked: sql`${events.seatsBooked} + ${seats}` })
      .where(eq(events.id, id));
  }
}

function existing(row: EventRow | undefined): EventRow {
  if (!row) throw new Error('the statement returned no row');
  return row;
}
// endregion: repository
