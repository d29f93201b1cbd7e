use std::time::Duration;

use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, PgExecutor, Row, query, query_as};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::Result;

/// Something that has happened and must be told.
#[derive(Debug)]
pub struct Message {
    pub id: Uuid,
    pub topic: String,
    pub payload: serde_json::Value,
    pub created_at: OffsetDateTime,
    pub attempts: i32,
}

impl FromRow<'_, PgRow> for Message {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            topic: row.try_get("topic")?,
            payload: row.try_get("payload")?,
            created_at: row.try_get("created_at")?,
            attempts: row.try_get("attempts")?,
        })
    }
}

/// Writes down what happened, in the transaction in which it happens.
pub async fn add(db: impl PgExecutor<'_>, topic: &str, payload: &(impl Serialize + Sync)) -> Result<()> {
    query("INSERT INTO outbox (id, topic, payload) VALUES ($1, $2, $3)")
        .bind(Uuid::now_v7())
        .bind(topic)
        .bind(Json(payload))
        .execute(db)
        .await?;
    Ok(())
}

// region: outbox
/// Takes the oldest message that is due, for the time of the lease. If this process dies, the lease runs out and the
/// message is due again. SKIP LOCKED lets other processes take other messages.
pub async fn claim(db: impl PgExecutor<'_>, lease: Duration) -> Result<Option<Message>> {
    let claimed = query_as(
        "UPDATE outbox SET attempts = attempts + 1, available_at = now() + make_interval(secs => $1)
         WHERE id = (
             SELECT id FROM outbox
             WHERE delivered_at IS NULL AND failed_at IS NULL AND available_at <= now()
             ORDER BY available_at LIMIT 1 FOR UPDATE SKIP LOCKED
         ) RETURNING id, topic, payload, created_at, attempts",
    );
    Ok(claimed.bind(lease.as_secs_f64()).fetch_optional(db).await?)
}

// endregion: outbox

// The attempt in the statements below keeps a process whose lease ran out from undoing the work of the next one.

/// Ends a message.
pub async fn delivered(db: impl PgExecutor<'_>, message: &Message) -> Result<()> {
    query("UPDATE outbox SET delivered_at = now(), last_error = NULL WHERE id = $1 AND attempts = $2")
        .bind(message.id)
        .bind(message.attempts)
        .execute(db)
        .await?;
    Ok(())
}

/// Sets when a message is tried again, and why it has to be.
pub async fn retry(db: impl PgExecutor<'_>, message: &Message, wait: Duration, reason: &str) -> Result<()> {
    query(
        "UPDATE outbox SET available_at = now() + make_interval(secs => $3), last_error = $4
         WHERE id = $1 AND attempts = $2",
    )
    .bind(message.id)
    .bind(message.attempts)
    .bind(wait.as_secs_f64())
    .bind(reason)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a message up; the row stays for someone to look at.
pub async fn failed(db: impl PgExecutor<'_>, message: &Message, reason: &str) -> Result<()> {
    query("UPDATE outbox SET failed_at = now(), last_error = $3 WHERE id = $1 AND attempts = $2")
        .bind(message.id)
        .bind(message.attempts)
        .bind(reason)
        .execute(db)
        .await?;
    Ok(())
}
