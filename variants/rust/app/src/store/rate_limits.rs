use std::time::Duration;

use sqlx::{PgPool, Row, query};

use crate::domain::Result;
use crate::service::{Hit, Limiter};

// region: rate-limit
/// Counters in a table, which all processes of the service share.
#[derive(Clone)]
pub struct PgLimiter(pub PgPool);

impl Limiter for PgLimiter {
    /// One statement, so that parallel attempts are all counted. A window begins with its first attempt.
    async fn hit(&self, bucket: &str, window: Duration) -> Result<Hit> {
        let row = query(
            "INSERT INTO rate_limits AS r (bucket, window_start, hits) VALUES ($1, now(), 1)
             ON CONFLICT ON CONSTRAINT rate_limits_pkey DO UPDATE SET
                 hits = CASE WHEN r.window_start + make_interval(secs => $2) <= now() THEN 1 ELSE r.hits + 1 END,
                 window_start = CASE WHEN r.window_start + make_interval(secs => $2) <= now() THEN now()
                                     ELSE r.window_start END
             RETURNING hits, extract(epoch FROM window_start + make_interval(secs => $2) - now())::float8 AS ends",
        )
        .bind(bucket)
        .bind(window.as_secs_f64())
        .fetch_one(&self.0)
        .await?;
        let ends: f64 = row.try_get("ends")?;
        Ok(Hit { count: row.try_get("hits")?, ends: Duration::from_secs_f64(ends.max(0.0)) })
    }
}
// endregion: rate-limit
