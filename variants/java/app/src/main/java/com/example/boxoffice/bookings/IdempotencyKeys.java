package com.example.boxoffice.bookings;

import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Answers that were given, by account, route and key. It works in the transaction of the effect and
 * never without one.
 */
@Repository
@Transactional(propagation = Propagation.MANDATORY)
class IdempotencyKeys {

  /** A request that carries a key; the digest is that of its body in a canonical form. */
  record KeyedRequest(UUID accountId, String route, String key, byte[] digest) {}

  private record Earlier(byte[] requestDigest, String responseBody) {}

  // region: idempotent-write
  private static final String CLAIM =
      """
      INSERT INTO idempotency_keys (account_id, route, key, request_digest, response_status, response_body)
      VALUES (:accountId, :route, :key, :digest, 0, '{}') ON CONFLICT DO NOTHING""";
  private static final String FIND =
      """
      SELECT request_digest, response_body FROM idempotency_keys
      WHERE account_id = :accountId AND route = :route AND key = :key""";
  private static final String COMPLETE =
      """
      UPDATE idempotency_keys SET response_status = :status, response_body = :body::jsonb
      WHERE account_id = :accountId AND route = :route AND key = :key""";

  private final JdbcClient jdbc;

  IdempotencyKeys(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Takes the key for this transaction, or returns the answer that it had before. Of two at once
   * the second waits here, at the primary key, until the first has committed or rolled back. No
   * other transaction sees the row before it has its answer.
   */
  Optional<String> claim(KeyedRequest request) {
    if (named(CLAIM, request).param("digest", request.digest()).update() == 1) {
      return Optional.empty();
    }
    Earlier earlier = named(FIND, request).query(Earlier.class).single();
    if (!Arrays.equals(earlier.requestDigest(), request.digest())) {
      throw new DomainException(
          ErrorCode.IDEMPOTENCY_KEY_REUSED, "This key was used with another body.");
    }
    return Optional.of(earlier.responseBody());
  }

  void complete(KeyedRequest request, int status, String body) {
    named(COMPLETE, request).param("status", status).param("body", body).update();
  }

  private JdbcClient.StatementSpec named(String sql, KeyedRequest request) {
    return jdbc.sql(sql)
        .param("accountId", request.accountId())
        .param("route", request.route())
        .param("key", request.key());
  }
  // endregion: idempotent-write
}
