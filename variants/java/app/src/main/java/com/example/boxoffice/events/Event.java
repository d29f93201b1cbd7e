package com.example.boxoffice.events;

import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import com.example.boxoffice.shared.Identified;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

// region: model
/** An event and its rules. It refers to others by id: nothing loads by itself. */
@Entity
@Table(name = "events")
public class Event extends Identified {

  @Column(nullable = false, updatable = false)
  private UUID ownerId;

  @Column(nullable = false)
  private String title;

  @Column(nullable = false)
  private Instant startsAt;

  private int capacity;
  private int seatsBooked;
  private int priceCents; // minor units: money is never a float

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private Currency currency;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private EventStatus status = EventStatus.DRAFT;

  /**
   * Grows with what the organiser changes, not with bookings: so it is counted here and is no
   * {@code @Version}.
   */
  private int version = 1;

  protected Event() {}

  Event(UUID ownerId, EventInput input, Instant createdAt) {
    super(createdAt);
    this.ownerId = ownerId;
    this.title = input.title();
    this.startsAt = input.startsAt();
    this.capacity = input.capacity();
    this.priceCents = input.priceCents();
    this.currency = input.currency();
  }

  void change(EventInput change) {
    require(status != EventStatus.CANCELLED, "The event is cancelled.");
    boolean repriced =
        Objects.requireNonNullElse(change.priceCents(), priceCents) != priceCents
            || Objects.requireNonNullElse(change.currency(), currency) != currency;
    require(
        !repriced || status == EventStatus.DRAFT,
        "The price is fixed once the event is published.");
    if (change.capacity() != null && change.capacity() < seatsBooked) {
      throw new DomainException(
          ErrorCode.CAPACITY_BELOW_BOOKED, seatsBooked + " seats are booked.");
    }
    title = Objects.requireNonNullElse(change.title(), title);
    startsAt = Objects.requireNonNullElse(change.startsAt(), startsAt);
    capacity = Objects.requireNonNullElse(change.capacity(), capacity);
    priceCents = Objects.requireNonNullElse(change.priceCents(), priceCents);
    currency = Objects.requireNonNullElse(change.currency(), currency);
    version++;
  }

  // endregion: model

  void publish(Instant now) {
    require(status == EventStatus.DRAFT, "Only a draft can be published.");
    require(now.isBefore(startsAt), "The event would have begun already.");
    status = EventStatus.PUBLISHED;
    version++;
  }

  void cancel() {
    require(status == EventStatus.PUBLISHED, "Only a published event can be cancelled.");
    status = EventStatus.CANCELLED;
    version++;
  }

  public void requireBookable(Instant now) {
    require(status == EventStatus.PUBLISHED, "The event is not open for bookings.");
    require(now.isBefore(startsAt), "The event has begun.");
  }

  public void takeSeats(int seats) {
    if (seats > seatsLeft()) {
      throw new DomainException(ErrorCode.SOLD_OUT, "Not so many seats are left.");
    }
    seatsBooked += seats;
  }

  public void giveBack(int seats, Instant now) {
    require(now.isBefore(startsAt), "The event has begun.");
    seatsBooked -= seats;
  }

  private static void require(boolean allowed, String otherwise) {
    if (!allowed) {
      throw new DomainException(ErrorCode.INVALID_STATE, otherwise);
    }
  }

  /** A draft exists for its owner only. */
  public boolean isVisibleTo(UUID accountId) {
    return status != EventStatus.DRAFT || isOwnedBy(accountId);
  }

  public boolean isOwnedBy(UUID accountId) {
    return ownerId.equals(accountId);
  }

  public UUID getOwnerId() {
    return ownerId;
  }

  public String getTitle() {
    return title;
  }

  public Instant getStartsAt() {
    return startsAt;
  }

  public int getCapacity() {
    return capacity;
  }

  public int seatsLeft() {
    return capacity - seatsBooked;
  }

  public int getPriceCents() {
    return priceCents;
  }

  public Currency getCurrency() {
    return currency;
  }

  public EventStatus getStatus() {
    return status;
  }

  public int getVersion() {
    return version;
  }
}
