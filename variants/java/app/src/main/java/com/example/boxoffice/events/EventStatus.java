package com.example.boxoffice.events;

import com.fasterxml.jackson.annotation.JsonValue;
import jakarta.persistence.EnumeratedValue;

public enum EventStatus {
  DRAFT("draft"),
  PUBLISHED("published"),
  CANCELLED("cancelled");

  @EnumeratedValue @JsonValue final String word;

  EventStatus(String word) {
    this.word = word;
  }
}
