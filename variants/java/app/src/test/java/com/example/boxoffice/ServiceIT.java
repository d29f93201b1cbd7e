package com.example.boxoffice;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.boxoffice.TestService.Answer;
import com.example.boxoffice.migrations.Migrations;
import com.example.boxoffice.shared.Settings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceIT {

  @ParameterizedTest
  @CsvSource({
    "GET, /nowhere, , 404, not_found",
    "GET, /events/, , 404, not_found",
    "GET, /events/no-id, , 404, not_found",
    "GET, /events/%00, , 400, malformed",
    "DELETE, /events, , 405, method_not_allowed",
    "POST, /events, '{\"title\"', 400, malformed",
    "POST, /events, '', 400, malformed",
    "POST, /events, '[]', 422, invalid",
    "GET, /events?limit=0, , 422, invalid",
    "GET, /events?cursor=x, , 422, invalid",
  })
  void everyErrorIsAProblem(String method, String path, String body, int status, String code)
      throws Exception {
    TestService service = TestService.get();

    Answer answer = service.request(method, path, service.person().accessToken(), body);

    assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
    assertThat(answer.code()).isEqualTo(code);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().get("type").asString()).isEqualTo("urn:problem:" + code);
  }

  @Test
  void aBodyOverTheLimitIsRefused() throws Exception {
    Answer answer = TestService.get().request("POST", "/accounts", null, " ".repeat(65_537));

    assertThat(answer.code()).isEqualTo("payload_too_large");
  }

  @Test
  void healthNeedsNoLogin() throws Exception {
    assertThat(TestService.get().request("GET", "/health/live", null, null).status())
        .isEqualTo(200);
    assertThat(TestService.get().request("GET", "/health/ready", null, null).status())
        .isEqualTo(200);
  }

  @Test
  void migrationsGoDownToNothingAndUpAgain() throws Exception {
    String url = TestService.createDatabase();
    Settings.Database database = Settings.database(Map.of("DATABASE_URL", url));

    Migrations.down(database);
    int left = tables(url);
    Migrations.up(database);
    int made = tables(url);

    TestService.dropDatabase(url);
    assertThat(left).isZero();
    assertThat(made).isEqualTo(7);
  }

  private static int tables(String url) throws SQLException {
    String count =
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'flyway_schema_history'";
    try (Connection connection = TestService.connect(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(count)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
