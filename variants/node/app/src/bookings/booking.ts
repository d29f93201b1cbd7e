import type { BookingRow } from '../database/schema.js';

export function bookingView(booking: BookingRow) {
  return {
    id: booking.id,
    event_id: booking.eventId,
    seats: booking.seats,
    total_cents: booking.totalCents,
    currency: booking.currency,
    status: booking.status,
    created_at: booking.createdAt.toISOString(),
    cancelled_at: booking.cancelledAt?.toISOString() ?? null,
  };
}

export type BookingView = ReturnType<typeof bookingView>;

export function guestView(booking: BookingRow & { email: string }) {
  return { ...bookingView(booking), email: booking.email };
}
