package com.example.boxoffice.bookings;

import com.example.boxoffice.events.Currency;
import com.example.boxoffice.events.Event;
import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import com.example.boxoffice.shared.Identified;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

@Entity
@Table(name = "bookings")
class Booking extends Identified {

  @Column(nullable = false, updatable = false)
  private UUID eventId;

  @Column(nullable = false, updatable = false)
  private UUID accountId;

  private int seats;
  private long totalCents;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private Currency currency;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private BookingStatus status = BookingStatus.BOOKED;

  private Instant cancelledAt;

  protected Booking() {}

  /** The price is that of this moment. */
  Booking(Event event, UUID accountId, int seats, Instant createdAt) {
    super(createdAt);
    this.eventId = event.getId();
    this.accountId = accountId;
    this.seats = seats;
    this.totalCents = (long) seats * event.getPriceCents();
    this.currency = event.getCurrency();
  }

  void cancel(Instant now) {
    if (status != BookingStatus.BOOKED) {
      throw new DomainException(ErrorCode.INVALID_STATE, "The booking is cancelled already.");
    }
    status = BookingStatus.CANCELLED;
    cancelledAt = now;
  }

  boolean belongsTo(UUID account) {
    return accountId.equals(account);
  }

  UUID getEventId() {
    return eventId;
  }

  int getSeats() {
    return seats;
  }

  long getTotalCents() {
    return totalCents;
  }

  Currency getCurrency() {
    return currency;
  }

  BookingStatus getStatus() {
    return status;
  }

  Instant getCancelledAt() {
    return cancelledAt;
  }
}
