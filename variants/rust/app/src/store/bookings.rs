use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgExecutor, Row, query_as};
use uuid::Uuid;

use super::{unknown, violates};
use crate::domain::{Booking, BookingStatus, Guest, Position, Refusal, Result};

macro_rules! columns {
    () => {
        "id, event_id, account_id, seats, total_cents, currency, status, created_at, cancelled_at"
    };
}

impl FromRow<'_, PgRow> for Booking {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let status = match row.try_get("status")? {
            "booked" => BookingStatus::Booked,
            "cancelled" => BookingStatus::Cancelled,
            other => return Err(unknown("status", other)),
        };
        Ok(Self {
            id: row.try_get("id")?,
            event_id: row.try_get("event_id")?,
            account_id: row.try_get("account_id")?,
            seats: row.try_get("seats")?,
            total_cents: row.try_get("total_cents")?,
            currency: row.try_get("currency")?,
            status,
            created_at: row.try_get("created_at")?,
            cancelled_at: row.try_get("cancelled_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for Guest {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self { booking: Booking::from_row(row)?, email: row.try_get("email")? })
    }
}

const NO_BOOKING: Refusal = Refusal::NotFound("There is no such booking.");

/// A booking before it is stored.
pub struct NewBooking<'a> {
    pub event_id: Uuid,
    pub account_id: Uuid,
    pub seats: i32,
    pub total_cents: i64,
    pub currency: &'a str,
}

/// Stores a booking and gives it back as stored; AlreadyBooked if the account holds one for the event.
pub async fn add(db: impl PgExecutor<'_>, id: Uuid, booking: NewBooking<'_>) -> Result<Booking> {
    let sql = concat!(
        "INSERT INTO bookings (id, event_id, account_id, seats, total_cents, currency)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING ",
        columns!()
    );
    let stored = query_as(sql)
        .bind(id)
        .bind(booking.event_id)
        .bind(booking.account_id)
        .bind(booking.seats)
        .bind(booking.total_cents)
        .bind(booking.currency);
    stored.fetch_one(db).await.map_err(|error| match violates(&error, "bookings_active_key") {
        true => Refusal::AlreadyBooked.into(),
        false => error.into(),
    })
}

/// Finds a booking, or NotFound.
pub async fn by_id(db: impl PgExecutor<'_>, id: Uuid) -> Result<Booking> {
    let found = query_as(concat!("SELECT ", columns!(), " FROM bookings WHERE id = $1")).bind(id).fetch_optional(db);
    Ok(found.await?.ok_or(NO_BOOKING)?)
}

/// Marks a booking as cancelled. Its event must be locked.
pub async fn cancel(db: impl PgExecutor<'_>, id: Uuid) -> Result<Booking> {
    let sql =
        concat!("UPDATE bookings SET status = 'cancelled', cancelled_at = now() WHERE id = $1 RETURNING ", columns!());
    Ok(query_as(sql).bind(id).fetch_one(db).await?)
}

/// Lists an account's own bookings after a position, newest first.
pub async fn of_account(db: impl PgExecutor<'_>, account: Uuid, after: Position, limit: i64) -> Result<Vec<Booking>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM bookings
         WHERE account_id = $1 AND (created_at, id) < ($2, $3)
         ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    Ok(query_as(sql).bind(account).bind(after.at).bind(after.id).bind(limit).fetch_all(db).await?)
}

/// Lists an event's bookings after a position, newest first, each with its booker's address: one statement for the page.
pub async fn of_event(db: impl PgExecutor<'_>, event: Uuid, after: Position, limit: i64) -> Result<Vec<Guest>> {
    let page = query_as(
        "SELECT b.id, b.event_id, b.account_id, b.seats, b.total_cents, b.currency, b.status, b.created_at,
                b.cancelled_at, a.email
         FROM bookings b JOIN accounts a ON a.id = b.account_id
         WHERE b.event_id = $1 AND (b.created_at, b.id) < ($2, $3)
         ORDER BY b.created_at DESC, b.id DESC LIMIT $4",
    );
    Ok(page.bind(event).bind(after.at).bind(after.id).bind(limit).fetch_all(db).await?)
}
