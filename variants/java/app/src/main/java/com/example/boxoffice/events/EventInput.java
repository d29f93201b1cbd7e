package com.example.boxoffice.events;

import java.time.Instant;

/** What an organiser says of an event; in a change, null is what stays. */
public record EventInput(
    String title, Instant startsAt, Integer capacity, Integer priceCents, Currency currency) {}
