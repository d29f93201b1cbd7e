use sqlx::{PgExecutor, Row, query};

use crate::domain::{Answer, Request, Result};

/// Tells whether this request is the first of its key. The primary key makes a second one wait here until the first has
/// committed or rolled back.
pub async fn claim(db: impl PgExecutor<'_>, request: &Request) -> Result<bool> {
    let claimed = query(
        "INSERT INTO idempotency_keys (account_id, route, key, request_digest, response_status, response_body)
         VALUES ($1, $2, $3, $4, 0, 'null')
         ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING",
    )
    .bind(request.account_id)
    .bind(&request.route)
    .bind(&request.key)
    .bind(&request.digest)
    .execute(db)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// What was answered to the first request of the key.
pub async fn answer(db: impl PgExecutor<'_>, request: &Request) -> Result<Answer> {
    let row = query(
        "SELECT request_digest, response_body FROM idempotency_keys WHERE account_id = $1 AND route = $2 AND key = $3",
    )
    .bind(request.account_id)
    .bind(&request.route)
    .bind(&request.key)
    .fetch_one(db)
    .await?;
    Ok(Answer { digest: row.try_get("request_digest")?, body: row.try_get("response_body")? })
}

/// Keeps the answer beside the key, in the transaction of the effect.
pub async fn store(db: impl PgExecutor<'_>, request: &Request, status: u16, body: &serde_json::Value) -> Result<()> {
    query(
        "UPDATE idempotency_keys SET response_status = $4, response_body = $5
         WHERE account_id = $1 AND route = $2 AND key = $3",
    )
    .bind(request.account_id)
    .bind(&request.route)
    .bind(&request.key)
    .bind(i32::from(status))
    .bind(body)
    .execute(db)
    .await?;
    Ok(())
}
