package com.example.boxoffice.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class EventTest {

  private static final Instant NOW = Instant.parse("2030-06-01T12:00:00Z");
  private static final Instant LATER = NOW.plus(Duration.ofDays(1));
  private static final UUID OWNER = UUID.randomUUID();

  private static Event draft() {
    return new Event(OWNER, new EventInput("A play", LATER, 10, 500, Currency.EUR), NOW);
  }

  private static Event published() {
    Event event = draft();
    event.publish(NOW);
    return event;
  }

  @Test
  void existsForStrangersOnceItIsPublished() {
    assertThat(draft().isVisibleTo(UUID.randomUUID())).isFalse();
    assertThat(draft().isVisibleTo(OWNER)).isTrue();
    assertThat(published().isVisibleTo(UUID.randomUUID())).isTrue();
  }

  @Test
  void goesFromDraftToPublishedToCancelledAndNowhereElse() {
    Event event = draft();
    assertThatThrownBy(event::cancel).hasMessageContaining("published");
    event.publish(NOW);
    assertThatThrownBy(() -> event.publish(NOW)).hasMessageContaining("draft");
    event.cancel();
    assertThatThrownBy(event::cancel).hasMessageContaining("published");
    assertThatThrownBy(() -> event.change(new EventInput("New", null, null, null, null)))
        .hasMessageContaining("cancelled");
    assertThat(event.getVersion()).isEqualTo(3);
  }

  @Test
  void isNotPublishedOrBookedOnceItHasBegun() {
    assertThatThrownBy(() -> draft().publish(LATER)).hasMessageContaining("begun");
    assertThatThrownBy(() -> published().requireBookable(LATER)).hasMessageContaining("begun");
  }

  @Test
  void keepsPriceAndCurrencyOnceItIsPublished() {
    Event event = published();

    assertThatThrownBy(() -> event.change(new EventInput(null, null, null, 400, null)))
        .hasMessageContaining("price");
    assertThatThrownBy(() -> event.change(new EventInput(null, null, null, null, Currency.USD)))
        .hasMessageContaining("price");
    event.change(new EventInput("Another", null, null, 500, null));
    assertThat(event.getTitle()).isEqualTo("Another");
  }

  @Test
  void hasRoomForThoseWhoHaveBooked() {
    Event event = published();
    event.takeSeats(4);

    assertThatThrownBy(() -> event.takeSeats(7)).hasMessageContaining("seats are left");
    assertThatThrownBy(() -> event.change(new EventInput(null, null, 3, null, null)))
        .hasMessageContaining("4 seats");
    event.change(new EventInput(null, null, 4, null, null));
    assertThat(event.seatsLeft()).isZero();
  }
}
