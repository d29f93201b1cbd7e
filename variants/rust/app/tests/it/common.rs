//! The whole service on a database of its own, without the process around it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::MockConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use box_office::auth::{AccessTokens, Hasher};
use box_office::http::{App, routes};
use box_office::service::{Accounts, Bookings, Events, Limits};
use box_office::store::rate_limits::PgLimiter;
use serde_json::{Value, json};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::watch;
use tower::ServiceExt;

#[derive(Clone)]
pub struct TestApp {
    service: Router,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}")).to_owned()
    }

    pub fn items(&self) -> &Vec<Value> {
        self.body["items"].as_array().unwrap_or_else(|| panic!("no items in {self:?}"))
    }

    pub fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

static PEOPLE: AtomicU32 = AtomicU32::new(0);

impl TestApp {
    pub async fn new(pool: PgPool) -> Self {
        let tokens = Arc::new(AccessTokens::new(&[b's'; 32], Duration::from_secs(60)));
        let now = OffsetDateTime::now_utc;
        let accounts = Accounts {
            pool: pool.clone(),
            limiter: PgLimiter(pool.clone()),
            limits: Limits { per_account: 3, per_address: 1000, window: Duration::from_secs(60) },
            hasher: Hasher::new(8, 1, 1, 4).await.unwrap(),
            tokens: tokens.clone(),
            refresh_ttl: Duration::from_secs(3600),
            now,
        };
        let app = App {
            accounts: Arc::new(accounts),
            events: Arc::new(Events { pool: pool.clone(), now }),
            bookings: Arc::new(Bookings { pool: pool.clone(), now }),
            tokens,
            pool,
            stopping: watch::channel(false).1,
        };
        let peer = MockConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1)));
        Self { service: routes(app).layer(peer) }
    }

    /// Asks as the person with this token; `more` are names and values of headers.
    pub async fn send(&self, token: &str, method: &str, path: &str, body: Value, more: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let content = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let response = self.service.clone().oneshot(request.body(content).unwrap()).await.unwrap();
        let (parts, content) = response.into_parts();
        let bytes = to_bytes(content, usize::MAX).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(token, "GET", path, Value::Null, &[]).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.send(token, "POST", path, body, &[]).await
    }

    /// Registers somebody and gives the access token.
    pub async fn person(&self) -> String {
        let email = format!("p{}@example.org", PEOPLE.fetch_add(1, Ordering::Relaxed));
        let login = json!({"email": email, "password": "correct horse battery"});
        self.post("", "/accounts", login.clone()).await.must(202);
        self.post("", "/auth/login", login).await.must(200).text("access_token")
    }

    pub async fn draft(&self, owner: &str, capacity: u32) -> Answer {
        let starts_at = OffsetDateTime::now_utc() + Duration::from_secs(3600);
        let starts_at = starts_at.format(&time::format_description::well_known::Rfc3339).unwrap();
        let event = json!({"title": "Concert", "starts_at": starts_at, "capacity": capacity, "price_cents": 1250, "currency": "EUR"});
        self.post(owner, "/events", event).await.must(201)
    }

    /// The path of a new event that is on sale.
    pub async fn published(&self, owner: &str, capacity: u32) -> String {
        let path = format!("/events/{}", self.draft(owner, capacity).await.text("id"));
        self.post(owner, &format!("{path}/publish"), Value::Null).await.must(200);
        path
    }

    pub async fn book(&self, guest: &str, event: &str, key: &str, seats: u32) -> Answer {
        let path = format!("{event}/bookings");
        self.send(guest, "POST", &path, json!({"seats": seats}), &[("idempotency-key", key)]).await
    }
}
