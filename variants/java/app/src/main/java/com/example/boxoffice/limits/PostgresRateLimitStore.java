package com.example.boxoffice.limits;

import java.time.Duration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

// region: rate-limit
@Repository
class PostgresRateLimitStore implements RateLimitStore {

  /**
   * One statement, so that parallel hits are all counted; the database's clock, since processes may
   * differ.
   */
  private static final String HIT =
      """
      INSERT INTO rate_limits AS held (bucket, window_start, hits) VALUES (:bucket, clock_timestamp(), 1)
      ON CONFLICT (bucket) DO UPDATE SET
        window_start = CASE WHEN held.window_start + make_interval(secs => :seconds) <= clock_timestamp()
                       THEN clock_timestamp() ELSE held.window_start END,
        hits = CASE WHEN held.window_start + make_interval(secs => :seconds) <= clock_timestamp()
               THEN 1 ELSE held.hits + 1 END
      RETURNING hits, greatest(1, ceil(extract(epoch FROM
        window_start + make_interval(secs => :seconds) - clock_timestamp())))::integer AS seconds_left""";

  private final JdbcClient jdbc;

  PostgresRateLimitStore(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public Window hit(String bucket, Duration window) {
    return jdbc.sql(HIT)
        .param("bucket", bucket)
        .param("seconds", window.toSeconds())
        .query(Window.class)
        .single();
  }
}
// endregion: rate-limit
