use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::{PgExecutor, PgPool};
use tracing::warn;
use uuid::Uuid;

use super::Clock;
use crate::auth::{AccessTokens, Hasher, hash_refresh_token, new_refresh_token};
use crate::domain::{Account, RefreshToken, Refusal, Result, normalize_email};
use crate::store;

/// Counts attempts. Its counters are shared by all processes of the service.
pub trait Limiter: Send + Sync {
    fn hit(&self, bucket: &str, window: Duration) -> impl Future<Output = Result<Hit>> + Send;
}

/// How many attempts a window has seen, and when it ends.
pub struct Hit {
    pub count: i32,
    pub ends: Duration,
}

/// How many attempts one account and one client address have within a window.
pub struct Limits {
    pub per_account: i32,
    pub per_address: i32,
    pub window: Duration,
}

/// What a login gives.
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub expires_in: Duration,
}

const WRONG_CREDENTIALS: Refusal = Refusal::Unauthorized("The address or the password is wrong.");
const WRONG_TOKEN: Refusal = Refusal::Unauthorized("The token is not valid.");

// region: injection
/// Registers people and signs them in. What it needs is handed in, and main.rs is the one place that builds it: a test
/// hands in a cheap hasher, a clock of its own or a limiter in memory.
pub struct Accounts<L = store::rate_limits::PgLimiter> {
    pub pool: PgPool,
    pub limiter: L,
    pub limits: Limits,
    pub hasher: Hasher,
    pub tokens: Arc<AccessTokens>,
    pub refresh_ttl: Duration,
    pub now: Clock,
}
// endregion: injection

impl<L: Limiter> Accounts<L> {
    /// Makes an account. Neither the answer nor its time tells whether the address was taken.
    pub async fn register(&self, email: &str, password: String, client_address: &str) -> Result<()> {
        self.limit("register-address", client_address, self.limits.per_address).await?;
        let hash = self.hasher.hash(password).await?;
        store::accounts::add(&self.pool, Uuid::now_v7(), &normalize_email(email), &hash).await
    }

    /// Who is signed in.
    pub async fn account(&self, id: Uuid) -> Result<Account> {
        Ok(store::accounts::by_id(&self.pool, id).await?.ok_or(WRONG_TOKEN)?)
    }

    /// Gives tokens for the right password.
    pub async fn login(&self, email: &str, password: String, client_address: &str) -> Result<Tokens> {
        let email = normalize_email(email);
        self.limit_login(&email, client_address).await?;
        let Some(account) = store::accounts::by_email(&self.pool, &email).await? else {
            self.hasher.verify_nobody(password).await?;
            return Err(WRONG_CREDENTIALS.into());
        };
        let verdict = self.hasher.verify(password.clone(), account.password_hash.clone()).await?;
        if !verdict.matches {
            warn!(account_id = %account.id, "login refused");
            return Err(WRONG_CREDENTIALS.into());
        }
        if verdict.outdated {
            let renewed = self.hasher.hash(password).await?;
            store::accounts::replace_password_hash(&self.pool, account.id, &account.password_hash, &renewed).await?;
        }
        let first = Uuid::now_v7(); // the first token's id names the family
        self.issue(&self.pool, first, first, account.id).await
    }

    // region: rate-limit
    /// Counts by client address before it counts by account, so that one address cannot lock many accounts out.
    async fn limit_login(&self, email: &str, client_address: &str) -> Result<()> {
        self.limit("login-address", client_address, self.limits.per_address).await?;
        self.limit("login-account", email, self.limits.per_account).await
    }

    async fn limit(&self, kind: &str, who: &str, limit: i32) -> Result<()> {
        let digest: String = Sha256::digest(who).iter().map(|byte| format!("{byte:02x}")).collect();
        let hit = self.limiter.hit(&format!("{kind}:{digest}"), self.limits.window).await?;
        if hit.count > limit {
            warn!(kind, "attempts limited");
            return Err(Refusal::RateLimited { retry_after: hit.ends }.into());
        }
        Ok(())
    }
    // endregion: rate-limit

    /// Stores the next refresh token of a family and signs an access token beside it.
    async fn issue(&self, db: impl PgExecutor<'_>, id: Uuid, family_id: Uuid, account_id: Uuid) -> Result<Tokens> {
        let refresh = new_refresh_token();
        let expires_at = (self.now)() + self.refresh_ttl;
        let next = RefreshToken { id, account_id, family_id, expires_at, used_at: None, revoked_at: None };
        store::accounts::add_refresh_token(db, &next, &hash_refresh_token(&refresh)).await?;
        Ok(Tokens { access: self.tokens.sign(account_id)?, refresh, expires_in: self.tokens.ttl })
    }

    /// Spends a token and gives the next. A token that was spent before has been copied: its whole family ends.
    pub async fn refresh(&self, refresh: &str) -> Result<Tokens> {
        let mut tx = self.pool.begin().await?;
        let token = store::accounts::lock_refresh_token(&mut tx, &hash_refresh_token(refresh)).await?;
        let token = token.ok_or(WRONG_TOKEN)?;
        if token.is_spent() {
            store::accounts::revoke_family(&mut *tx, token.family_id, (self.now)()).await?;
            tx.commit().await?; // the refusal must not undo the end of the family
            warn!("spent refresh token presented again: its family is revoked");
            return Err(WRONG_TOKEN.into());
        }
        if !token.is_alive((self.now)()) {
            return Err(WRONG_TOKEN.into());
        }
        store::accounts::spend_refresh_token(&mut *tx, token.id, (self.now)()).await?;
        let tokens = self.issue(&mut *tx, Uuid::now_v7(), token.family_id, token.account_id).await?;
        tx.commit().await?;
        Ok(tokens)
    }

    /// Ends the family of a token. A token that nobody knows is no error: the caller is out either way.
    pub async fn logout(&self, refresh: &str) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        if let Some(token) = store::accounts::lock_refresh_token(&mut tx, &hash_refresh_token(refresh)).await? {
            store::accounts::revoke_family(&mut *tx, token.family_id, (self.now)()).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
