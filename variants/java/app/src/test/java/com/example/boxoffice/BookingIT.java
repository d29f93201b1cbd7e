package com.example.boxoffice;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.boxoffice.TestService.Answer;
import com.example.boxoffice.TestService.Person;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

// region: test
class BookingIT {

  private TestService service;
  private Person owner;
  private Person guest;

  @BeforeEach
  void people() throws Exception {
    service = TestService.get();
    owner = service.person();
    guest = service.person();
  }

  @Test
  void takesTheSeatsAndFixesThePriceOfThatMoment() throws Exception {
    String event = owner.published(10);

    Answer answer = guest.book(event, 3);

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.json().get("total_cents").asInt()).isEqualTo(7650);
    assertThat(answer.header("Location"))
        .isEqualTo("/bookings/" + answer.json().get("id").asString());
    assertThat(seatsLeft(event)).isEqualTo(7);
  }

  @Test
  void givesTheLastSeatToOneOfThoseWhoAskAtOnce() throws Exception {
    String event = owner.published(1);
    List<Callable<Answer>> crowd = new ArrayList<>();
    for (int each = 0; each < 5; each++) {
      Person person = service.person();
      crowd.add(() -> person.book(event, 1));
    }

    List<Answer> answers = Together.all(crowd);

    assertThat(answers)
        .extracting(Answer::status)
        .containsExactlyInAnyOrder(201, 409, 409, 409, 409);
    assertThat(answers).extracting(Answer::code).filteredOn("sold_out"::equals).hasSize(4);
  }

  // endregion: test

  @Test
  void isMadeOnceAnAccountEvenAtOnce() throws Exception {
    String event = owner.published(10);

    List<Answer> answers = Together.all(Collections.nCopies(2, () -> guest.book(event, 1)));

    assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(201, 409);
    assertThat(answers).extracting(Answer::code).contains("already_booked");
  }

  @Test
  void canBeMadeAgainAfterItWasCancelled() throws Exception {
    String event = owner.published(2);
    String path = "/bookings/" + guest.book(event, 2).json().get("id").asString() + "/cancel";

    assertThat(owner.request("POST", path, null).code()).isEqualTo("forbidden");
    assertThat(guest.request("POST", path, null).json().get("status").asString())
        .isEqualTo("cancelled");

    assertThat(guest.request("POST", path, null).code()).isEqualTo("invalid_state");
    assertThat(guest.book(event, 2).status()).isEqualTo(201);
  }

  @Test
  void hasOneEffectAndOneAnswerHoweverOftenItsKeyComes() throws Exception {
    String event = owner.published(10);

    List<Answer> answers =
        Together.all(Collections.nCopies(4, () -> guest.book(event, 2, "the-same-key")));

    assertThat(answers).extracting(Answer::status).containsOnly(201);
    assertThat(answers)
        .extracting(Answer::json)
        .extracting(json -> json.get("id"))
        .containsOnly(answers.get(0).json().get("id"));
    assertThat(answers)
        .filteredOn(answer -> "true".equals(answer.header("Idempotency-Replayed")))
        .hasSize(3);
    assertThat(seatsLeft(event)).isEqualTo(8);
    assertThat(guest.book(event, 3, "the-same-key").code()).isEqualTo("idempotency_key_reused");
  }

  @Test
  void leavesItsKeyFreeWhenItIsRefused() throws Exception {
    String event = owner.published(2);
    Person other = service.person();
    String first = other.book(event, 2).json().get("id").asString();
    assertThat(guest.book(event, 1, "later").code()).isEqualTo("sold_out");
    other.request("POST", "/bookings/" + first + "/cancel", null);

    Answer answer = guest.book(event, 1, "later");

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.header("Idempotency-Replayed")).isNull();
  }

  @Test
  void needsAKey() throws Exception {
    Answer answer =
        guest.request("POST", "/events/" + owner.published(1) + "/bookings", "{\"seats\": 1}");

    assertThat(answer.code()).isEqualTo("idempotency_key_missing");
  }

  private int seatsLeft(String event) throws Exception {
    return guest.request("GET", "/events/" + event, null).json().get("seats_left").asInt();
  }
}
