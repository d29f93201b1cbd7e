package com.example.boxoffice;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.boxoffice.TestService.Answer;
import com.example.boxoffice.TestService.Person;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

// region: cross-user-test
class AccessIT {

  private record Request(String method, String path, String body, int expected) {}

  @Test
  void whatBelongsToOthersIsNotThereOrRefusedWhereItsExistenceIsPublic() throws Exception {
    TestService service = TestService.get();
    Person owner = service.person();
    Person guest = service.person();
    Person stranger = service.person();
    String draft = "/events/" + owner.draft(10);
    String event = "/events/" + owner.published(10);
    String booking =
        "/bookings/"
            + guest.book(event.substring("/events/".length()), 1).json().get("id").asString();
    String change = "{\"title\": \"Mine now\"}";
    List<Request> asked =
        List.of(
            new Request("GET", draft, null, 404),
            new Request("PATCH", draft, change, 404),
            new Request("POST", draft + "/publish", null, 404),
            new Request("GET", draft + "/bookings", null, 404),
            new Request("GET", booking, null, 404),
            new Request("POST", booking + "/cancel", null, 404),
            new Request("PATCH", event, change, 403),
            new Request("POST", event + "/cancel", null, 403),
            new Request("GET", event + "/bookings", null, 403));

    List<Integer> statuses = new ArrayList<>();
    for (Request request : asked) {
      Answer answer =
          stranger.request(request.method(), request.path(), request.body(), "If-Match", "\"2\"");
      statuses.add(answer.status());
    }

    assertThat(statuses).isEqualTo(asked.stream().map(Request::expected).toList());
    assertThat(owner.request("GET", event, null).json().get("version").asInt()).isEqualTo(2);
    assertThat(guest.request("GET", booking, null).json().get("status").asString())
        .isEqualTo("booked");
  }
}
// endregion: cross-user-test
