use time::OffsetDateTime;
use uuid::Uuid;

/// A person who can sign in.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: Uuid,
    pub email: String,
    pub password_hash: String,
}

/// The one spelling under which an address is stored and counted.
pub fn normalize_email(address: &str) -> String {
    address.trim().to_lowercase()
}

/// One link of a chain that begins with a login: each use spends it and adds the next.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    pub id: Uuid,
    pub account_id: Uuid,
    pub family_id: Uuid,
    pub expires_at: OffsetDateTime,
    pub used_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
}

impl RefreshToken {
    /// Whether the token has been used before: then somebody has a copy of it.
    pub fn is_spent(&self) -> bool {
        self.used_at.is_some()
    }

    /// Whether the token's family still stands and its time has not run out.
    pub fn is_alive(&self, now: OffsetDateTime) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
