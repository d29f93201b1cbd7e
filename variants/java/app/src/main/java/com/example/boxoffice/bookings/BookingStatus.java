package com.example.boxoffice.bookings;

import com.fasterxml.jackson.annotation.JsonValue;
import jakarta.persistence.EnumeratedValue;

enum BookingStatus {
  BOOKED("booked"),
  CANCELLED("cancelled");

  @EnumeratedValue @JsonValue final String word;

  BookingStatus(String word) {
    this.word = word;
  }
}
