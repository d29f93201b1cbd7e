import { describe, expect, it } from 'vitest';
import type { EventRow } from '../database/schema.js';
import { assertBookable, assertChangeable, assertPublishable, ownedEvent, visibleEvent } from './event.js';

const NOW = new Date('2030-06-01T12:00:00Z');

const event = (changes: Partial<EventRow> = {}): EventRow => ({
  id: 'event',
  ownerId: 'owner',
  title: 'A play',
  startsAt: new Date('2030-06-02T12:00:00Z'),
  capacity: 10,
  seatsBooked: 4,
  priceCents: 500,
  currency: 'EUR',
  status: 'published',
  version: 2,
  createdAt: NOW,
  ...changes,
});

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('an event', () => {
  it('exists for strangers once it is published', () => {
    expect(() => visibleEvent(event({ status: 'draft' }), 'stranger')).toThrow(code('not_found'));
    expect(visibleEvent(event({ status: 'draft' }), 'owner').id).toBe('event');
    expect(visibleEvent(event(), 'stranger').id).toBe('event');
    expect(visibleEvent(event({ status: 'cancelled' }), 'stranger').id).toBe('event');
  });

  it('is changed by its owner only', () => {
    expect(() => ownedEvent(event(), 'stranger')).toThrow(code('forbidden'));
    expect(() => ownedEvent(undefined, 'owner')).toThrow(code('not_found'));
  });

  it('keeps price and currency once it is published', () => {
    expect(() => assertChangeable(event(), { priceCents: 400 })).toThrow(code('invalid_state'));
    expect(() => assertChangeable(event(), { currency: 'USD' })).toThrow(code('invalid_state'));
    expect(() => assertChangeable(event(), { priceCents: 500, title: 'Another' })).not.toThrow();
    expect(() => assertChangeable(event({ status: 'draft' }), { priceCents: 400 })).not.toThrow();
  });

  it('has room for those who have booked', () => {
    expect(() => assertChangeable(event(), { capacity: 3 })).toThrow(code('capacity_below_booked'));
    expect(() => assertChangeable(event(), { capacity: 4 })).not.toThrow();
  });

  it('is published and booked before it begins', () => {
    const begun = { startsAt: NOW };
    expect(() => assertPublishable(event({ status: 'draft', ...begun }), NOW)).toThrow(code('invalid_state'));
    expect(() => assertBookable(event(begun), NOW)).toThrow(code('invalid_state'));
    expect(() => assertBookable(event(), NOW)).not.toThrow();
  });
});
