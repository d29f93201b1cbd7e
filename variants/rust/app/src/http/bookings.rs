use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::body::{Body, invalid};
use super::error::ApiError;
use super::extract::{Caller, Id};
use super::page::{Page, PageRequest};
use crate::domain::{Booking, Position, Request};
use crate::service::Bookings;
use crate::wire::{BookingView, GuestView};

const MAX_SEATS: i32 = 10;
const MAX_KEY_BYTES: usize = 255;

pub async fn book(
    State(bookings): State<Arc<Bookings>>,
    Caller(caller): Caller,
    Id(event): Id,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let key = idempotency_key(&headers)?;
    let seats = body.integer("seats", 1, MAX_SEATS);
    body.done()?;
    let request = Request {
        account_id: caller,
        route: format!("POST /events/{event}/bookings"),
        key,
        // Of what was understood, not of how it was spelled.
        digest: Sha256::digest(json!({"seats": seats}).to_string()).to_vec(),
    };
    let sale = bookings.book(&request, event, seats).await?;
    let location = [(header::LOCATION, format!("/bookings/{}", sale.booking.id))];
    let mut response = (StatusCode::CREATED, location, Json(sale.booking)).into_response();
    if sale.replayed {
        response.headers_mut().insert("idempotency-replayed", header::HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, ApiError> {
    let key = headers.get("idempotency-key").map(|value| value.as_bytes()).unwrap_or_default();
    if key.is_empty() {
        return Err(ApiError::KeyMissing);
    }
    if key.len() > MAX_KEY_BYTES || !key.iter().all(u8::is_ascii_graphic) {
        return Err(invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters"));
    }
    Ok(String::from_utf8_lossy(key).into_owned())
}

pub async fn get(
    State(bookings): State<Arc<Bookings>>,
    Caller(caller): Caller,
    Id(id): Id,
) -> Result<Json<BookingView>, ApiError> {
    Ok(Json(bookings.get(caller, id).await?.into()))
}

pub async fn cancel(
    State(bookings): State<Arc<Bookings>>,
    Caller(caller): Caller,
    Id(id): Id,
) -> Result<Json<BookingView>, ApiError> {
    Ok(Json(bookings.cancel(caller, id).await?.into()))
}

pub async fn list(
    State(bookings): State<Arc<Bookings>>,
    Caller(caller): Caller,
    page: PageRequest,
) -> Result<Json<Page<BookingView>>, ApiError> {
    let rows = bookings.own(caller, page.after(Position::HIGHEST), page.rows()).await?;
    Ok(Json(page.show(rows, position)))
}

pub async fn guests(
    State(bookings): State<Arc<Bookings>>,
    Caller(caller): Caller,
    Id(event): Id,
    page: PageRequest,
) -> Result<Json<Page<GuestView>>, ApiError> {
    let rows = bookings.guests(caller, event, page.after(Position::HIGHEST), page.rows()).await?;
    Ok(Json(page.show(rows, |guest| position(&guest.booking))))
}

fn position(booking: &Booking) -> Position {
    Position { at: booking.created_at, id: booking.id }
}
