use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::Body;
use super::error::ApiError;
use super::extract::{Caller, Peer};
use crate::domain::normalize_email;
use crate::service::{Accounts, Tokens};

#[derive(Serialize)]
struct TokensView {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    expires_in: u64,
}

#[derive(Serialize)]
pub struct AccountView {
    id: Uuid,
    email: String,
}

pub async fn register(
    State(accounts): State<Arc<Accounts>>,
    Peer(peer): Peer,
    mut body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (email, password) = (body.email("email"), body.text("password", 12, 128));
    body.done()?;
    accounts.register(&email, password, &peer).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"status": "accepted"}))))
}

pub async fn login(
    State(accounts): State<Arc<Accounts>>,
    Peer(peer): Peer,
    mut body: Body,
) -> Result<Response, ApiError> {
    let (email, password) = (body.text("email", 1, 254), body.text("password", 1, 128));
    body.done()?;
    Ok(show(accounts.login(&email, password, &peer).await?))
}

pub async fn refresh(State(accounts): State<Arc<Accounts>>, mut body: Body) -> Result<Response, ApiError> {
    let token = body.text("refresh_token", 1, 512);
    body.done()?;
    Ok(show(accounts.refresh(&token).await?))
}

pub async fn logout(State(accounts): State<Arc<Accounts>>, mut body: Body) -> Result<StatusCode, ApiError> {
    let token = body.text("refresh_token", 1, 512);
    body.done()?;
    accounts.logout(&token).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn me(State(accounts): State<Arc<Accounts>>, Caller(caller): Caller) -> Result<Json<AccountView>, ApiError> {
    let account = accounts.account(caller).await?;
    Ok(Json(AccountView { id: account.id, email: account.email }))
}

fn show(tokens: Tokens) -> Response {
    let view = TokensView {
        access_token: tokens.access,
        refresh_token: tokens.refresh,
        token_type: "Bearer",
        expires_in: tokens.expires_in.as_secs(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response()
}

impl Body {
    fn email(&mut self, name: &str) -> String {
        let email = self.text(name, 3, 254);
        if self.is_sound(name) && !is_email(&normalize_email(&email)) {
            self.fault(name, "must be an e-mail address");
        }
        email
    }
}

/// One @ between a local part and a domain of two labels or more; only a message to it proves that it exists.
fn is_email(address: &str) -> bool {
    let made_of = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    match address.split_once('@') {
        Some((local, domain)) => {
            made_of(local, "._%+-") && domain.contains('.') && domain.split('.').all(|label| made_of(label, "-"))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn an_address_has_a_local_part_and_a_domain() {
        for address in ["a@b.c", "first.last+tag@mail.example.org"] {
            assert!(is_email(address), "{address}");
        }
        for address in ["", "a", "@b.c", "a@", "a@b", "a@b.", "a@.c", "a@b@c.d", "ä@b.c", "a b@c.d", "a\0@b.c"] {
            assert!(!is_email(address), "{address}");
        }
    }
}
