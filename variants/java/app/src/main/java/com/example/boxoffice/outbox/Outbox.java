package com.example.boxoffice.outbox;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Messages that wait to be told, kept in the transaction of what they tell. */
@Repository
public class Outbox {

  /** A row that this worker holds until its lease runs out. */
  record Claimed(UUID id, String topic, String payload, Instant createdAt, int attempts) {}

  private static final String ADD =
      "INSERT INTO outbox (id, topic, payload) VALUES (:id, :topic, :payload::jsonb)";
  private static final String CLAIM =
      """
      UPDATE outbox SET attempts = attempts + 1, available_at = clock_timestamp() + make_interval(secs => :lease)
      WHERE id = (SELECT id FROM outbox
                  WHERE delivered_at IS NULL AND failed_at IS NULL AND available_at <= clock_timestamp()
                  ORDER BY available_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, topic, payload, created_at, attempts""";
  private static final String DELIVERED =
      "UPDATE outbox SET delivered_at = clock_timestamp(), last_error = NULL WHERE id = :id";
  // Another worker may have taken the row after the lease ran out; its word then counts.
  private static final String STILL_HELD =
      " WHERE id = :id AND attempts = :attempts AND delivered_at IS NULL";
  private static final String LATER =
      "UPDATE outbox SET available_at = clock_timestamp() + make_interval(secs => :wait), last_error = :reason"
          + STILL_HELD;
  private static final String FAILED =
      "UPDATE outbox SET failed_at = clock_timestamp(), last_error = :reason" + STILL_HELD;

  private final JdbcClient jdbc;
  private final JsonMapper json;

  Outbox(JdbcClient jdbc, JsonMapper json) {
    this.jdbc = jdbc;
    this.json = json;
  }

  /** A message belongs to the change that it tells of: without a transaction this fails. */
  @Transactional(propagation = Propagation.MANDATORY)
  public void add(String topic, Object payload) {
    jdbc.sql(ADD)
        .param("id", UUID.randomUUID())
        .param("topic", topic)
        .param("payload", json.writeValueAsString(payload))
        .update();
  }

  /**
   * One due row, hidden from other workers until the lease runs out. Rows that another one is
   * claiming are passed over.
   */
  Optional<Claimed> claim(Duration lease) {
    return jdbc.sql(CLAIM).param("lease", lease.toSeconds()).query(Claimed.class).optional();
  }

  void markDelivered(Claimed row) {
    jdbc.sql(DELIVERED).param("id", row.id()).update();
  }

  void retryLater(Claimed row, Duration wait, String reason) {
    double seconds = wait.toMillis() / 1000.0;
    held(LATER, row).param("wait", seconds).param("reason", reason).update();
  }

  void giveUp(Claimed row, String reason) {
    held(FAILED, row).param("reason", reason).update();
  }

  private JdbcClient.StatementSpec held(String sql, Claimed row) {
    return jdbc.sql(sql).param("id", row.id()).param("attempts", row.attempts());
  }
}
