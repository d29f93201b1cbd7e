package com.example.boxoffice.events;

import java.time.Instant;
import java.util.UUID;

/** An event as the API shows it. */
public record EventView(
    UUID id,
    UUID ownerId,
    String title,
    Instant startsAt,
    int capacity,
    int seatsLeft,
    int priceCents,
    Currency currency,
    EventStatus status,
    int version,
    Instant createdAt) {

  public static EventView of(Event event) {
    return new EventView(
        event.getId(),
        event.getOwnerId(),
        event.getTitle(),
        event.getStartsAt(),
        event.getCapacity(),
        event.seatsLeft(),
        event.getPriceCents(),
        event.getCurrency(),
        event.getStatus(),
        event.getVersion(),
        event.getCreatedAt());
  }
}
