// region: validation
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
// endregion: validation
