package com.example.boxoffice;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.boxoffice.TestService.Answer;
import com.example.boxoffice.TestService.Person;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class EventIT {

  private TestService service;
  private Person owner;

  @BeforeEach
  void people() throws Exception {
    service = TestService.get();
    owner = service.person();
  }

  private Answer change(String id, String version, String body) throws Exception {
    return owner.request("PATCH", "/events/" + id, body, "If-Match", version);
  }

  @Test
  void isChangedInTheVersionThatTheCallerHasSeen() throws Exception {
    String id = owner.draft(10);

    assertThat(owner.request("PATCH", "/events/" + id, "{\"title\": \"New\"}").status())
        .isEqualTo(428);
    assertThat(change(id, "\"2\"", "{\"title\": \"New\"}").status()).isEqualTo(412);
    assertThat(change(id, "*", "{\"title\": \"New\"}").status()).isEqualTo(412);
    Answer changed = change(id, "\"1\"", "{\"title\": \"New\"}");
    assertThat(changed.header("ETag")).isEqualTo("\"2\"");
    assertThat(changed.json().get("title").asString()).isEqualTo("New");
  }

  @Test
  void isChangedByOneOfTwoWhoHaveSeenTheSameVersion() throws Exception {
    String id = owner.draft(10);

    List<Answer> answers =
        Together.all(
            List.of(
                () -> change(id, "\"1\"", "{\"title\": \"One\"}"),
                () -> change(id, "\"1\"", "{\"title\": \"Other\"}")));

    assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(200, 412);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"title\": \"x\", \"owner_id\": 1}     | /owner_id",
        "{\"title\": null}                       | /title",
        "{\"title\": 5}                          | /title",
        "{\"title\": \"   \"}                    | /title",
        "{\"title\": \"a\\u0000b\"}              | /title",
        "{\"title\": \"\\ud800\"}                | /title",
        "{\"starts_at\": \"2030-01-01T10:00:00\"} | /starts_at",
        "{\"starts_at\": \"2030-02-30T10:00:00Z\"} | /starts_at",
        "{\"starts_at\": 1893456000}             | /starts_at",
        "{\"price_cents\": 1.5}                  | /price_cents",
        "{\"capacity\": \"7\"}                   | /capacity",
        "{\"capacity\": true}                    | /capacity",
        "{\"capacity\": 99999999999}             | /capacity",
      })
  void isNotChangedToWhatDoesNotFit(String body, String pointer) throws Exception {
    Answer answer = change(owner.draft(10), "\"1\"", body);

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().get("errors").get(0).get("pointer").asString()).isEqualTo(pointer);
  }

  @Test
  void hasATitleThatIsMeasuredInCharacters() throws Exception {
    String id = owner.draft(10);

    assertThat(change(id, "\"1\"", "{\"title\": \"%s\"}".formatted("🎭".repeat(120))).status())
        .isEqualTo(200);
    assertThat(change(id, "\"2\"", "{\"title\": \"%s\"}".formatted("🎭".repeat(121))).status())
        .isEqualTo(422);
  }

  @Test
  void isListedPageByPageThoughManyBeginWithinOneMillisecond() throws Exception {
    service.sql("UPDATE events SET starts_at = now() - interval '1 day'");
    List<String> made = new ArrayList<>();
    for (int each = 0; each < 5; each++) {
      made.add(owner.published(10));
    }
    service.sql(
        "UPDATE events SET starts_at = timestamptz '2100-01-01 12:00Z' + interval '1 microsecond' * (ascii(id::text) % 3)"
            + " WHERE starts_at > now()");

    List<String> seen = new ArrayList<>();
    String path = "/events?limit=2";
    while (path != null) {
      JsonNode page = owner.request("GET", path, null).json();
      page.get("items").forEach(item -> seen.add(item.get("id").asString()));
      JsonNode next = page.get("next_cursor");
      path = next.isNull() ? null : "/events?limit=2&cursor=" + next.asString();
    }

    assertThat(seen).containsExactlyInAnyOrderElementsOf(made);
  }
}
