// region: model
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
// endregion: model

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const accounts = pgTable('accounts', {
  id: uuid('id').primaryKey(),
  email: text('email').notNull().unique('accounts_email_key'),
  passwordHash: text('password_hash').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
});

export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    id: uuid('id').primaryKey(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    familyId: uuid('family_id').notNull(),
    tokenHash: bytea('token_hash').notNull().unique('refresh_tokens_token_hash_key'),
    expiresAt: moment('expires_at').notNull(),
    usedAt: moment('used_at'),
    revokedAt: moment('revoked_at'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    index('refresh_tokens_account_id_idx').on(table.accountId),
    index('refresh_tokens_family_id_idx').on(table.familyId),
  ],
);

export const bookings = pgTable(
  'bookings',
  {
    id: uuid('id').primaryKey(),
    eventId: uuid('event_id')
      .notNull()
      .references(() => events.id),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    seats: integer('seats').notNull(),
    totalCents: bigint('total_cents', { mode: 'number' }).notNull(),
    currency: text('currency', { enum: ['EUR', 'GBP', 'USD'] }).notNull(),
    status: text('status', { enum: ['booked', 'cancelled'] })
      .notNull()
      .default('booked'),
    createdAt: moment('created_at').notNull().defaultNow(),
    cancelledAt: moment('cancelled_at'),
  },
  (table) => [
    uniqueIndex('bookings_active_key').on(table.eventId, table.accountId).where(eq(table.status, 'booked')), // one active booking each
    index('bookings_account_page_idx').on(table.accountId, table.createdAt.desc(), table.id.desc()), // my bookings
    index('bookings_event_page_idx').on(table.eventId, table.createdAt.desc(), table.id.desc()), // the organiser's list
  ],
);

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    route: text('route').notNull(),
    key: text('key').notNull(),
    requestDigest: bytea('request_digest').notNull(),
    responseStatus: integer('response_status').notNull(),
    responseBody: jsonb('response_body').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.route, table.key] })],
);

export const outbox = pgTable('outbox', {
  id: uuid('id').primaryKey(),
  topic: text('topic').notNull(),
  payload: jsonb('payload').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
  availableAt: moment('available_at').notNull().defaultNow(),
  attempts: integer('attempts').notNull().default(0),
  deliveredAt: moment('delivered_at'),
  failedAt: moment('failed_at'),
  lastError: text('last_error'),
});

export const rateLimits = pgTable('rate_limits', {
  bucket: text('bucket').primaryKey(),
  windowStart: moment('window_start').notNull(),
  hits: integer('hits').notNull(),
});

export type AccountRow = typeof accounts.$inferSelect;
export type RefreshTokenRow = typeof refreshTokens.$inferSelect;
export type BookingRow = typeof bookings.$inferSelect;
export type OutboxRow = typeof outbox.$inferSelect;
