import type { EventRow } from '../database/schema.js';
import { DomainError, notFound } from '../errors.js';

// The rules of an event: no framework, no database, no request.

export interface EventInput {
  title: string;
  startsAt: Date;
  capacity: number;
  priceCents: number;
  currency: EventRow['currency'];
}
export type EventChange = { [Field in keyof EventInput]?: EventInput[Field] | undefined };

/** A draft exists for its owner only. */
export function visibleEvent(event: EventRow | undefined, accountId: string): EventRow {
  if (!event || (event.status === 'draft' && event.ownerId !== accountId)) throw notFound();
  return event;
}

export function ownedEvent(event: EventRow | undefined, accountId: string): EventRow {
  const visible = visibleEvent(event, accountId);
  if (visible.ownerId !== accountId) throw new DomainError('forbidden', 'Only the organiser may do this.');
  return visible;
}

export function assertChangeable(event: EventRow, change: EventChange): void {
  if (event.status === 'cancelled') throw new DomainError('invalid_state', 'The event is cancelled.');
  const repriced =
    (change.priceCents ?? event.priceCents) !== event.priceCents ||
    (change.currency ?? event.currency) !== event.currency;
  if (repriced && event.status !== 'draft') {
    throw new DomainError('invalid_state', 'The price is fixed once the event is published.');
  }
  if (change.capacity !== undefined && change.capacity < event.seatsBooked) {
    throw new DomainError('capacity_below_booked', `${event.seatsBooked} seats are booked.`);
  }
}

export function assertPublishable(event: EventRow, now: Date): void {
  if (event.status !== 'draft') throw new DomainError('invalid_state', 'Only a draft can be published.');
  if (event.startsAt <= now) throw new DomainError('invalid_state', 'The event would have begun already.');
}

export function assertCancellable(event: EventRow): void {
  if (event.status !== 'published') throw new DomainError('invalid_state', 'Only a published event can be cancelled.');
}

export function assertBookable(event: EventRow, now: Date): void {
  if (event.status !== 'published') throw new DomainError('invalid_state', 'The event is not open for bookings.');
  if (event.startsAt <= now) throw new DomainError('invalid_state', 'The event has begun.');
}

export function eventView(event: EventRow) {
  return {
    id: event.id,
    owner_id: event.ownerId,
    title: event.title,
    starts_at: event.startsAt.toISOString(),
    capacity: event.capacity,
    seats_left: event.capacity - event.seatsBooked,
    price_cents: event.priceCents,
    currency: event.currency,
    status: event.status,
    version: event.version,
    created_at: event.createdAt.toISOString(),
  };
}
