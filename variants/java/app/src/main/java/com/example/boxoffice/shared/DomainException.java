package com.example.boxoffice.shared;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A rule was broken. It carries a code and a sentence for the caller, and no status: the core knows
 * no HTTP.
 */
public class DomainException extends RuntimeException {

  public record FieldError(String pointer, String detail) {}

  private final ErrorCode code;
  private final transient List<FieldError> errors;
  private final Duration retryAfter;

  public DomainException(ErrorCode code, String detail) {
    this(code, detail, List.of(), null);
  }

  private DomainException(
      ErrorCode code, String detail, List<FieldError> errors, Duration retryAfter) {
    super(detail);
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  public static DomainException notFound() {
    return new DomainException(ErrorCode.NOT_FOUND, "There is nothing here.");
  }

  public static DomainException invalid(List<FieldError> errors) {
    return new DomainException(ErrorCode.INVALID, "The request does not fit.", errors, null);
  }

  public static DomainException invalid(String pointer, String detail) {
    return invalid(List.of(new FieldError(pointer, detail)));
  }

  public static DomainException rateLimited(Duration retryAfter) {
    String detail = "Try again in " + retryAfter.toSeconds() + " seconds.";
    return new DomainException(ErrorCode.RATE_LIMITED, detail, List.of(), retryAfter);
  }

  public ErrorCode code() {
    return code;
  }

  public List<FieldError> errors() {
    return errors;
  }

  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
