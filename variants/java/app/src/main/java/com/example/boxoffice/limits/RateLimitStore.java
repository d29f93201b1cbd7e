package com.example.boxoffice.limits;

import java.time.Duration;

// region: rate-limit
/**
 * Counts hits in fixed windows. The store is shared: a counter in memory would give each process a
 * limit of its own.
 */
public interface RateLimitStore {

  record Window(int hits, int secondsLeft) {}

  Window hit(String bucket, Duration window);
}
// endregion: rate-limit
