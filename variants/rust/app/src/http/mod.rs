//! Turns requests into calls of the service, and results and errors into answers.

mod accounts;
mod body;
mod bookings;
mod error;
mod events;
mod extract;
mod observe;
mod page;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRef, State};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;

use crate::auth::AccessTokens;
use crate::service::{Accounts, Bookings, Events};
use error::ApiError;

const READY_TIMEOUT: Duration = Duration::from_secs(2);

/// Everything that the handlers use.
#[derive(Clone, FromRef)]
pub struct App {
    pub accounts: Arc<Accounts>,
    pub events: Arc<Events>,
    pub bookings: Arc<Bookings>,
    pub tokens: Arc<AccessTokens>,
    pub pool: PgPool,
    pub stopping: watch::Receiver<bool>,
}

/// Everything that can be asked. A handler that takes a Caller is behind a valid access token.
pub fn routes(app: App) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/accounts", post(accounts::register))
        .route("/auth/login", post(accounts::login))
        .route("/auth/refresh", post(accounts::refresh))
        .route("/auth/logout", post(accounts::logout))
        .route("/me", get(accounts::me))
        .route("/events", get(events::list).post(events::create))
        .route("/events/{event_id}", get(events::get).patch(events::change))
        .route("/events/{event_id}/publish", post(events::publish))
        .route("/events/{event_id}/cancel", post(events::cancel))
        .route("/events/{event_id}/bookings", get(bookings::guests).post(bookings::book))
        .route("/bookings", get(bookings::list))
        .route("/bookings/{booking_id}", get(bookings::get))
        .route("/bookings/{booking_id}/cancel", post(bookings::cancel))
        .fallback(async || ApiError::NoRoute)
        .method_not_allowed_fallback(async || ApiError::Method)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(body::say_that_it_closes))
        .layer(middleware::from_fn(observe::observe))
        .with_state(app)
}

async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn ready(
    State(pool): State<PgPool>,
    State(stopping): State<watch::Receiver<bool>>,
) -> Result<Json<Value>, ApiError> {
    let answer = tokio::time::timeout(READY_TIMEOUT, sqlx::query("SELECT 1").execute(&pool)).await;
    if *stopping.borrow() || !matches!(answer, Ok(Ok(_))) {
        return Err(ApiError::Unavailable);
    }
    Ok(Json(json!({"status": "ok"})))
}
