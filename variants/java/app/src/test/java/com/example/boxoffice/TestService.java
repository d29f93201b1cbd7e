package com.example.boxoffice;

import com.example.boxoffice.migrations.Migrations;
import com.example.boxoffice.shared.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The service on a port of its own and a database of its own, made on the server of DATABASE_URL
 * and dropped at the end; started once for all test classes.
 */
public final class TestService {

  public static final String RECEIVER = "http://127.0.0.1:9/nobody-listens";
  public static final String SECRET = "a secret of the tests, with more than 32 bytes";
  private static final JsonMapper JSON = new JsonMapper();
  private static TestService shared;

  private final HttpClient client = HttpClient.newHttpClient();
  private final Settings settings;
  private final ConfigurableApplicationContext context;

  private TestService(Settings settings) {
    this.settings = settings;
    this.context = BoxOfficeApplication.start(settings);
  }

  public static synchronized TestService get() throws Exception {
    if (shared == null) {
      String url = createDatabase();
      shared = new TestService(settings(url));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> shared.end(url)));
    }
    return shared;
  }

  /** A database of one's own, migrated to the head; its name is the last part of the URL. */
  public static String createDatabase() throws Exception {
    String name = "box_office_test_" + UUID.randomUUID().toString().replace("-", "");
    onServer("CREATE DATABASE " + name);
    String server = serverUrl();
    String url = server.substring(0, server.lastIndexOf('/') + 1) + name;
    Migrations.up(Settings.database(Map.of("DATABASE_URL", url)));
    return url;
  }

  public static void dropDatabase(String url) throws SQLException {
    onServer("DROP DATABASE " + url.substring(url.lastIndexOf('/') + 1) + " WITH (FORCE)");
  }

  private static String serverUrl() {
    String url = System.getenv("DATABASE_URL");
    if (url == null) {
      throw new IllegalStateException(
          "DATABASE_URL is not set: these tests need a PostgreSQL server");
    }
    return url;
  }

  private static void onServer(String sql) throws SQLException {
    try (Connection connection = connect(serverUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  public static Connection connect(String url) throws SQLException {
    Settings.Database database = Settings.database(Map.of("DATABASE_URL", url));
    return DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
  }

  private static Settings settings(String url) {
    Map<String, String> environment = new HashMap<>();
    environment.put("DATABASE_URL", url);
    environment.put("JWT_SECRET", SECRET);
    environment.put("WEBHOOK_URL", RECEIVER);
    environment.put("WEBHOOK_SECRET", SECRET);
    environment.put("PORT", "0");
    environment.put("ARGON2_MEMORY_KIB", "64"); // cheap: what is tested is not the cost
    environment.put("ARGON2_ITERATIONS", "1");
    environment.put(
        "OUTBOX_POLL_MS", "3600000"); // a test that wants a delivery asks the worker for it
    environment.put("LOGIN_LIMIT_PER_ADDRESS", "1000");
    environment.put("LOG_LEVEL", "error");
    return Settings.from(environment);
  }

  private void end(String url) {
    context.close();
    try {
      dropDatabase(url);
    } catch (SQLException gone) {
      System.err.println("the test database could not be dropped: " + gone.getMessage());
    }
  }

  public <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  public void sql(String statement) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                settings.database().jdbcUrl(),
                settings.database().user(),
                settings.database().password());
        Statement prepared = connection.createStatement()) {
      prepared.execute(statement);
    }
  }

  /** An answer: its status, a header, its JSON. */
  public record Answer(HttpResponse<String> response) {
    public int status() {
      return response.statusCode();
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    public JsonNode json() {
      return JSON.readTree(response.body());
    }

    public String code() {
      return json().path("code").asString();
    }
  }

  public Answer request(String method, String path, String token, String body, String... headers)
      throws Exception {
    String port = context.getEnvironment().getProperty("local.server.port");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    for (int at = 0; at < headers.length; at += 2) {
      request.header(headers[at], headers[at + 1]);
    }
    return new Answer(client.send(request.build(), BodyHandlers.ofString()));
  }

  /** Somebody new who has signed in. */
  public Person person() throws Exception {
    String credentials =
        "{\"email\": \"%s@example.org\", \"password\": \"%s\"}"
            .formatted(UUID.randomUUID(), UUID.randomUUID());
    request("POST", "/accounts", null, credentials);
    JsonNode tokens = request("POST", "/auth/login", null, credentials).json();
    return new Person(
        this,
        credentials,
        tokens.get("access_token").asString(),
        tokens.get("refresh_token").asString());
  }

  public record Person(
      TestService service, String credentials, String accessToken, String refreshToken) {

    public Answer request(String method, String path, String body, String... headers)
        throws Exception {
      return service.request(method, path, accessToken, body, headers);
    }

    /** The id of a new draft that begins tomorrow. */
    public String draft(int capacity) throws Exception {
      String body =
          "{\"title\": \"A play\", \"starts_at\": \"%s\", \"capacity\": %d, \"price_cents\": 2550, \"currency\": \"EUR\"}"
              .formatted(Instant.now().plusSeconds(86_400), capacity);
      return request("POST", "/events", body).json().get("id").asString();
    }

    public String published(int capacity) throws Exception {
      String id = draft(capacity);
      request("POST", "/events/" + id + "/publish", null);
      return id;
    }

    public Answer book(String event, int seats) throws Exception {
      return book(event, seats, UUID.randomUUID().toString());
    }

    public Answer book(String event, int seats, String key) throws Exception {
      return request(
          "POST",
          "/events/" + event + "/bookings",
          "{\"seats\": " + seats + "}",
          "Idempotency-Key",
          key);
    }
  }
}
