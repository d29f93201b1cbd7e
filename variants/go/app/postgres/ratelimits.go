package postgres

import (
	"context"
	"time"
)

// region: rate-limit

// Hit counts one attempt in a bucket and tells how many its window has seen and when the window ends. One statement, so that
// parallel attempts in several processes are all counted.
func (q Queries) Hit(ctx context.Context, bucket string, window time.Duration) (hits int, ends time.Duration, err error) {
	err = q.db.QueryRow(ctx, `
		INSERT INTO rate_limits AS r (bucket, window_start, hits) VALUES ($1, now(), 1)
		ON CONFLICT ON CONSTRAINT rate_limits_pkey DO UPDATE SET
			hits = CASE WHEN r.window_start + $2 <= now() THEN 1 ELSE r.hits + 1 END,
			window_start = CASE WHEN r.window_start + $2 <= now() THEN now() ELSE r.window_start END
		RETURNING hits, window_start + $2 - now()`, bucket, window).Scan(&hits, &ends)
	return hits, ends, err
}

// endregion: rate-limit
