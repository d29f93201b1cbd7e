package com.example.boxoffice.shared;

import java.util.Locale;

/**
 * What can go wrong, in the words of the domain. Only {@code web.Problems} knows what HTTP makes of
 * it.
 */
public enum ErrorCode {
  ALREADY_BOOKED,
  CAPACITY_BELOW_BOOKED,
  FORBIDDEN,
  IDEMPOTENCY_KEY_MISSING,
  IDEMPOTENCY_KEY_REUSED,
  INTERNAL,
  INVALID,
  INVALID_STATE,
  MALFORMED,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  PAYLOAD_TOO_LARGE,
  PRECONDITION_FAILED,
  PRECONDITION_REQUIRED,
  RATE_LIMITED,
  SOLD_OUT,
  UNAUTHORIZED,
  UNAVAILABLE,
  UNSUPPORTED_MEDIA_TYPE;

  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
