package com.example.boxoffice.bookings;

import com.example.boxoffice.events.Currency;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.UUID;

/** A booking as the API shows it. */
record BookingView(
    UUID id,
    UUID eventId,
    int seats,
    long totalCents,
    Currency currency,
    BookingStatus status,
    Instant createdAt,
    Instant cancelledAt) {

  /** The same for the organiser, who sees whose it is. */
  record Guest(@JsonUnwrapped BookingView booking, String email) {}

  static BookingView of(Booking booking) {
    return new BookingView(
        booking.getId(),
        booking.getEventId(),
        booking.getSeats(),
        booking.getTotalCents(),
        booking.getCurrency(),
        booking.getStatus(),
        booking.getCreatedAt(),
        booking.getCancelledAt());
  }
}
