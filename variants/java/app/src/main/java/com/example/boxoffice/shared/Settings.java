package com.example.boxoffice.shared;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All settings, read once at start. Secrets have no default: a default that works is a hole. */
public record Settings(
    Database database,
    String host,
    int port,
    String jwtSecret,
    Duration accessTtl,
    Duration refreshTtl,
    Login login,
    Argon2 argon2,
    Webhook webhook,
    Outbox outbox,
    String logLevel) {

  public record Database(String jdbcUrl, String user, String password) {}

  public record Login(int perAccount, int perAddress, Duration window) {}

  public record Argon2(int memoryKib, int iterations, int parallelism) {}

  public record Webhook(URI url, String secret, Duration timeout) {}

  public record Outbox(Duration poll, Duration lease, Duration backoff, int maxAttempts) {}

  /**
   * Says what is wrong with the environment, one line a variable; never a value, which may be a
   * secret.
   */
  public static class Invalid extends RuntimeException {
    Invalid(List<String> faults) {
      super(String.join("\n", faults));
    }
  }

  /** Reads the environment; throws {@link Invalid} with all that is missing or wrong. */
  public static Settings from(Map<String, String> environment) {
    Reader read = new Reader(environment);
    Settings settings =
        new Settings(
            read.database("DATABASE_URL"),
            read.text("HOST", "127.0.0.1"),
            read.number("PORT", 8080, 0),
            read.secret("JWT_SECRET"),
            Duration.ofSeconds(read.number("ACCESS_TTL_SECONDS", 900)),
            Duration.ofSeconds(read.number("REFRESH_TTL_SECONDS", 2_592_000)),
            new Login(
                read.number("LOGIN_LIMIT_PER_ACCOUNT", 5),
                read.number("LOGIN_LIMIT_PER_ADDRESS", 100),
                Duration.ofSeconds(read.number("LOGIN_WINDOW_SECONDS", 60))),
            new Argon2(
                read.number("ARGON2_MEMORY_KIB", 19_456),
                read.number("ARGON2_ITERATIONS", 2),
                read.number("ARGON2_PARALLELISM", 1)),
            new Webhook(
                read.url("WEBHOOK_URL"),
                read.secret("WEBHOOK_SECRET"),
                Duration.ofMillis(read.number("WEBHOOK_TIMEOUT_MS", 5000))),
            new Outbox(
                Duration.ofMillis(read.number("OUTBOX_POLL_MS", 500)),
                Duration.ofSeconds(read.number("OUTBOX_LEASE_SECONDS", 30)),
                Duration.ofMillis(read.number("OUTBOX_BACKOFF_MS", 1000)),
                read.number("OUTBOX_MAX_ATTEMPTS", 8)),
            read.oneOf("LOG_LEVEL", "info", Set.of("trace", "debug", "info", "warn", "error")));
    read.finish();
    return settings;
  }

  /** The database alone, for the commands that migrate. */
  public static Database database(Map<String, String> environment) {
    Reader read = new Reader(environment);
    Database database = read.database("DATABASE_URL");
    read.finish();
    return database;
  }

  private static final class Reader {
    private final Map<String, String> environment;
    private final List<String> faults = new ArrayList<>();

    Reader(Map<String, String> environment) {
      this.environment = environment;
    }

    void finish() {
      if (!faults.isEmpty()) {
        throw new Invalid(faults);
      }
    }

    String text(String name, String fallback) {
      return environment.getOrDefault(name, fallback);
    }

    String oneOf(String name, String fallback, Set<String> allowed) {
      String value = text(name, fallback);
      if (!allowed.contains(value)) {
        faults.add(name + " must be one of " + allowed);
      }
      return value;
    }

    int number(String name, int fallback) {
      return number(name, fallback, 1);
    }

    int number(String name, int fallback, int least) {
      try {
        int value = Integer.parseInt(text(name, String.valueOf(fallback)));
        if (value >= least) {
          return value;
        }
      } catch (NumberFormatException notANumber) {
        // told below, without the value
      }
      faults.add(name + " must be a whole number, at least " + least);
      return fallback;
    }

    String required(String name) {
      String value = environment.get(name);
      if (value == null) {
        faults.add(name + " is required");
        return "";
      }
      return value;
    }

    String secret(String name) {
      String value = required(name);
      if (environment.containsKey(name) && value.getBytes(StandardCharsets.UTF_8).length < 32) {
        faults.add(name + " must have at least 32 bytes");
      }
      return value;
    }

    URI url(String name) {
      try {
        URI url = URI.create(required(name));
        if (url.getHost() != null && Set.of("http", "https").contains(url.getScheme())) {
          return url;
        }
      } catch (IllegalArgumentException notAUrl) {
        // told below
      }
      if (environment.containsKey(name)) {
        faults.add(name + " must be an http(s) URL");
      }
      return URI.create("http://invalid");
    }

    /**
     * `postgresql://user:password@host:port/name`, as other tools have it, in the words of JDBC.
     */
    Database database(String name) {
      try {
        URI url = URI.create(required(name));
        if (url.getHost() != null && Set.of("postgresql", "postgres").contains(url.getScheme())) {
          String[] user =
              url.getUserInfo() == null ? new String[] {""} : url.getUserInfo().split(":", 2);
          // The server's error details hold values, such as an address that is taken: they stay out
          // of the log.
          String jdbc =
              "jdbc:postgresql://%s:%d%s?logServerErrorDetail=false"
                  .formatted(
                      url.getHost(), url.getPort() < 0 ? 5432 : url.getPort(), url.getPath());
          return new Database(jdbc, user[0], user.length > 1 ? user[1] : "");
        }
      } catch (IllegalArgumentException notAUrl) {
        // told below
      }
      if (environment.containsKey(name)) {
        faults.add(name + " must be a postgresql:// URL");
      }
      return new Database("", "", "");
    }
  }
}
