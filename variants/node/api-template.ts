// A resource from end to end, cut from app/ by tests/variants/cut.py.

// --- src/database/schema.ts:2-46
import { eq } from 'drizzle-orm';
import {
  bigint,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

// The tables as the code sees them. migrations/ makes them, with the checks that stand there alone; test/service.test.ts compares both.

const moment = (name: string) => timestamp(name, { withTimezone: true });

export const events = pgTable(
  'events',
  {
    id: uuid('id').primaryKey(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => accounts.id),
    title: text('title').notNull(),
    startsAt: moment('starts_at').notNull(),
    capacity: integer('capacity').notNull(),
    seatsBooked: integer('seats_booked').notNull().default(0),
    priceCents: integer('price_cents').notNull(), // minor units: money is never a float
    currency: text('currency', { enum: ['EUR', 'GBP', 'USD'] }).notNull(),
    status: text('status', { enum: ['draft', 'published', 'cancelled'] })
      .notNull()
      .default('draft'),
    version: integer('version').notNull().default(1), // grows with each change: the ETag
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    index('events_owner_id_idx').on(table.ownerId),
    index('events_published_idx').on(table.startsAt, table.id).where(eq(table.status, 'published')), // the public list
  ],
);

export type EventRow = typeof events.$inferSelect;

// --- src/events/events.schemas.ts:2-37
import { z } from 'zod';
import { line } from '../http/validation.js';

const title = line(1, 120).refine((value) => value.trim() !== '', { error: 'Must not be blank.' });
const startsAt = z.iso
  .datetime({ offset: true, error: 'Must be a date and time with an offset.' })
  .regex(/T\d{2}:\d{2}:\d{2}/, { error: 'Must have seconds.' })
  .transform((value) => new Date(value))
  .refine((date) => date.getUTCFullYear() >= 2000 && date.getUTCFullYear() <= 2200, {
    error: 'Must lie in the years 2000 to 2200.',
  });
const capacity = z.int().min(1).max(100_000);
const priceCents = z.int().min(0).max(10_000_000);
const currency = z.enum(['EUR', 'GBP', 'USD']);

/** Strict: an unknown field is a mistake of the caller, and never reaches the database by accident. */
const fields = z.strictObject({ title, starts_at: startsAt, capacity, price_cents: priceCents, currency });

export const newEvent = fields.transform((body) => ({
  title: body.title,
  startsAt: body.starts_at,
  capacity: body.capacity,
  priceCents: body.price_cents,
  currency: body.currency,
}));

export const eventChange = fields
  .partial()
  .refine((body) => Object.keys(body).length > 0, { error: 'Must change something.' })
  .transform((body) => ({
    title: body.title,
    startsAt: body.starts_at,
    capacity: body.capacity,
    priceCents: body.price_cents,
    currency: body.currency,
  }));

// --- src/events/events.repository.ts:2-59
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

// --- src/events/events.service.ts:2-74
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

// --- src/events/events.controller.ts:2-60
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { CurrentAccount, type SignedIn } from '../auth/auth.guard.js';
import { IfMatch, VersionETag } from '../http/conditional.js';
import { IdPipe, pageQuery } from '../http/validation.js';
import { eventView } from './event.js';
import { eventChange, newEvent } from './events.schemas.js';
import { EventsService } from './events.service.js';

/** A handler parses, calls one service and maps the result; the global guard has seen to the sign-in. */
@Controller('events')
@UseInterceptors(VersionETag)
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  list(@Query({ schema: pageQuery }) page: z.infer<typeof pageQuery>) {
    return this.events.listUpcoming(page);
  }

  @Post()
  async create(
    @CurrentAccount() account: SignedIn,
    @Body({ schema: newEvent }) body: z.infer<typeof newEvent>,
    @Res({ passthrough: true }) response: Response,
  ) {
    const event = await this.events.create(account.id, body);
    response.location(`/events/${event.id}`);
    return eventView(event);
  }

  @Get(':event_id')
  async get(@CurrentAccount() account: SignedIn, @Param('event_id', IdPipe) id: string) {
    return eventView(await this.events.get(account.id, id));
  }

  @Patch(':event_id')
  async change(
    @CurrentAccount() account: SignedIn,
    @Param('event_id', IdPipe) id: string,
    @IfMatch() version: number,
    @Body({ schema: eventChange }) body: z.infer<typeof eventChange>,
  ) {
    return eventView(await this.events.change(account.id, id, version, body));
  }

  @Post(':event_id/publish')
  @HttpCode(200)
  async publish(@CurrentAccount() account: SignedIn, @Param('event_id', IdPipe) id: string) {
    return eventView(await this.events.publish(account.id, id));
  }

  @Post(':event_id/cancel')
  @HttpCode(200)
  async cancel(@CurrentAccount() account: SignedIn, @Param('event_id', IdPipe) id: string) {
    return eventView(await this.events.cancel(account.id, id));
  }
}

// --- src/limits/limits.module.ts:2-10
import { Module } from '@nestjs/common';
import { PostgresRateLimitStore, RateLimiter, RateLimitStore } from './rate-limit.js';

/** An abstract class is the interface and its own token: who asks for it knows nothing of PostgreSQL, and a test gives another class. */
@Module({
  providers: [RateLimiter, { provide: RateLimitStore, useClass: PostgresRateLimitStore }],
  exports: [RateLimiter],
})
export class LimitsModule {}

// --- migrations/0003_bookings.sql:2-21
-- Up Migration

CREATE TABLE bookings (
    id uuid CONSTRAINT bookings_pkey PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT bookings_event_id_fkey REFERENCES events (id),
    account_id uuid NOT NULL CONSTRAINT bookings_account_id_fkey REFERENCES accounts (id),
    seats integer NOT NULL CONSTRAINT bookings_seats_check CHECK (seats BETWEEN 1 AND 10),
    total_cents bigint NOT NULL CONSTRAINT bookings_total_cents_check CHECK (total_cents >= 0),
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'booked' CONSTRAINT bookings_status_check CHECK (status IN ('booked', 'cancelled')),
    created_at timestamptz NOT NULL DEFAULT now(),
    cancelled_at timestamptz
);
CREATE UNIQUE INDEX bookings_active_key ON bookings (event_id, account_id) WHERE status = 'booked';  -- one active booking each
CREATE INDEX bookings_account_page_idx ON bookings (account_id, created_at DESC, id DESC);  -- my bookings
CREATE INDEX bookings_event_page_idx ON bookings (event_id, created_at DESC, id DESC);  -- the organiser's list

-- Down Migration

DROP TABLE bookings;

// --- test/bookings.test.ts:2-40
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, TestService } from './support.js';

let service: TestService;
let owner: Person;
let guest: Person;

beforeAll(async () => {
  service = await TestService.start();
  owner = await service.person();
  guest = await service.person();
});

afterAll(() => service.stop());

describe('booking', () => {
  it('takes the seats and fixes the price of that moment', async () => {
    const event = await owner.published({ capacity: 10, price_cents: 2550 });

    const answer = await guest.book(event, 3);

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ event_id: event.id, seats: 3, total_cents: 7650, status: 'booked' });
    expect(answer.headers.get('Location')).toBe(`/bookings/${answer.body.id}`);
    expect((await guest.request('GET', `/events/${event.id}`)).body.seats_left).toBe(7);
  });

  it('gives the last seat to one of those who ask at once', async () => {
    const event = await owner.published({ capacity: 1 });
    const crowd = await Promise.all([1, 2, 3, 4, 5].map(() => service.person()));

    const answers = await Promise.all(crowd.map((person) => person.book(event)));

    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(answers.filter((answer) => answer.status === 409).map((answer) => answer.body.code)).toEqual(
      Array(4).fill('sold_out'),
    );
  });
});
