use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, PgExecutor, Row, query, query_as};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Account, RefreshToken, Result};

impl FromRow<'_, PgRow> for Account {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self { id: row.try_get("id")?, email: row.try_get("email")?, password_hash: row.try_get("password_hash")? })
    }
}

impl FromRow<'_, PgRow> for RefreshToken {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            account_id: row.try_get("account_id")?,
            family_id: row.try_get("family_id")?,
            expires_at: row.try_get("expires_at")?,
            used_at: row.try_get("used_at")?,
            revoked_at: row.try_get("revoked_at")?,
        })
    }
}

/// Stores a new account; an address that is taken keeps what it has.
pub async fn add(db: impl PgExecutor<'_>, id: Uuid, email: &str, password_hash: &str) -> Result<()> {
    query(
        "INSERT INTO accounts (id, email, password_hash) VALUES ($1, $2, $3)
         ON CONFLICT ON CONSTRAINT accounts_email_key DO NOTHING",
    )
    .bind(id)
    .bind(email)
    .bind(password_hash)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn by_id(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Account>> {
    Ok(query_as("SELECT id, email, password_hash FROM accounts WHERE id = $1").bind(id).fetch_optional(db).await?)
}

pub async fn by_email(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Account>> {
    Ok(query_as("SELECT id, email, password_hash FROM accounts WHERE email = $1")
        .bind(email)
        .fetch_optional(db)
        .await?)
}

/// Renews a hash, unless the password has changed since it was read.
pub async fn replace_password_hash(db: impl PgExecutor<'_>, id: Uuid, old: &str, renewed: &str) -> Result<()> {
    query("UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2")
        .bind(id)
        .bind(old)
        .bind(renewed)
        .execute(db)
        .await?;
    Ok(())
}

/// Stores a new link of a family.
pub async fn add_refresh_token(db: impl PgExecutor<'_>, token: &RefreshToken, hash: &[u8]) -> Result<()> {
    query("INSERT INTO refresh_tokens (id, account_id, family_id, token_hash, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(token.id)
        .bind(token.account_id)
        .bind(token.family_id)
        .bind(hash)
        .bind(token.expires_at)
        .execute(db)
        .await?;
    Ok(())
}

/// Finds a token and holds its account until the transaction ends. The account is what is locked: a lock on the token
/// alone would let a successor that is not committed yet escape the end of its family.
pub async fn lock_refresh_token(db: &mut PgConnection, hash: &[u8]) -> Result<Option<RefreshToken>> {
    query(
        "SELECT 1 FROM accounts a JOIN refresh_tokens t ON t.account_id = a.id
         WHERE t.token_hash = $1 FOR NO KEY UPDATE OF a",
    )
    .bind(hash)
    .execute(&mut *db)
    .await?;
    let token = query_as(
        "SELECT id, account_id, family_id, expires_at, used_at, revoked_at FROM refresh_tokens WHERE token_hash = $1",
    );
    Ok(token.bind(hash).fetch_optional(db).await?)
}

/// Marks a token as used.
pub async fn spend_refresh_token(db: impl PgExecutor<'_>, id: Uuid, now: OffsetDateTime) -> Result<()> {
    query("UPDATE refresh_tokens SET used_at = $2 WHERE id = $1").bind(id).bind(now).execute(db).await?;
    Ok(())
}

/// Ends everything that descends from one login.
pub async fn revoke_family(db: impl PgExecutor<'_>, family: Uuid, now: OffsetDateTime) -> Result<()> {
    query("UPDATE refresh_tokens SET revoked_at = $2 WHERE family_id = $1 AND revoked_at IS NULL")
        .bind(family)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}
