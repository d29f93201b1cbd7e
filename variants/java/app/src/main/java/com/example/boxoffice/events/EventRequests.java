package com.example.boxoffice.events;

import com.example.boxoffice.web.Moment;
import com.example.boxoffice.web.Text;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The bodies of requests. Text is checked here and turned into types afterwards, so that all faults
 * are told at once.
 */
final class EventRequests {

  private static final String NOT_BLANK = "(?s).*\\S.*";
  private static final String CURRENCY = "EUR|GBP|USD";

  private EventRequests() {}

  // region: validation
  record NewEvent(
      @NotNull @Text(max = 120) @Pattern(regexp = NOT_BLANK, message = "must not be blank")
          String title,
      @NotNull @Moment String startsAt,
      @NotNull @Min(1) @Max(100_000) Integer capacity,
      @NotNull @Min(0) @Max(10_000_000) Integer priceCents,
      @NotNull @Pattern(regexp = CURRENCY) String currency) {

    EventInput toInput() {
      return input(title, startsAt, capacity, priceCents, currency);
    }
  }

  /**
   * An absent field stays as it is, and null is refused: a class, since a record cannot tell one
   * from the other.
   */
  static final class EventChange {
    @JsonSetter(nulls = Nulls.FAIL)
    @Text(max = 120)
    @Pattern(regexp = NOT_BLANK, message = "must not be blank")
    private String title;

    @JsonSetter(nulls = Nulls.FAIL)
    @Moment
    private String startsAt;

    @JsonSetter(nulls = Nulls.FAIL)
    @Min(1)
    @Max(100_000)
    private Integer capacity;

    @JsonSetter(nulls = Nulls.FAIL)
    @Min(0)
    @Max(10_000_000)
    private Integer priceCents;

    @JsonSetter(nulls = Nulls.FAIL)
    @Pattern(regexp = CURRENCY)
    private String currency;

    boolean isEmpty() {
      return Stream.of(title, startsAt, capacity, priceCents, currency).allMatch(Objects::isNull);
    }

    EventInput toInput() {
      return input(title, startsAt, capacity, priceCents, currency);
    }
  }

  private static EventInput input(
      String title, String startsAt, Integer capacity, Integer priceCents, String currency) {
    Currency known = currency == null ? null : Currency.valueOf(currency);
    return new EventInput(title, moment(startsAt), capacity, priceCents, known);
  }

  /** To the microsecond that the database keeps. */
  private static Instant moment(String value) {
    return value == null
        ? null
        : OffsetDateTime.parse(value).toInstant().truncatedTo(ChronoUnit.MICROS);
  }
  // endregion: validation
}
