// A resource from end to end, cut from app/ by tests/variants/cut.py.

// --- src/domain/error.rs:2-55
use std::time::Duration;

use serde::Serialize;

/// Why a request is refused: what the caller may know. http/error.rs turns it into a status.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("You have a booking for this event.")]
    AlreadyBooked,
    #[error("More seats are booked than that.")]
    CapacityBelowBooked,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("The key belongs to another body.")]
    IdempotencyKeyReused,
    #[error("The request has values that are not allowed.")]
    Invalid(Vec<FieldError>),
    #[error("{0}")]
    InvalidState(&'static str),
    #[error("{0}")]
    NotFound(&'static str),
    #[error("The event has changed since it was read.")]
    PreconditionFailed,
    #[error("Too many attempts.")]
    RateLimited { retry_after: Duration },
    #[error("There are not that many seats left.")]
    SoldOut,
    #[error("{0}")]
    Unauthorized(&'static str),
}

/// One wrong value, named by its JSON pointer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldError {
    pub pointer: String,
    pub detail: String,
}

/// A refusal is for the caller; a fault is for the log alone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub fn fault(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Fault(cause.into())
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

// --- src/domain/event.rs:2-141
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Refusal, Result};

/// Moves draft → published → cancelled and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventStatus {
    Draft,
    Published,
    Cancelled,
}

impl EventStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Something that seats are sold for. `price_cents` counts minor units of `currency`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub title: String,
    pub starts_at: OffsetDateTime,
    pub capacity: i32,
    pub seats_booked: i32,
    pub price_cents: i32,
    pub currency: String,
    pub status: EventStatus,
    pub version: i32,
    pub created_at: OffsetDateTime,
}

impl Event {
    /// What can still be sold.
    pub fn seats_left(&self) -> i32 {
        self.capacity - self.seats_booked
    }

    /// Refuses a draft to everyone but its owner, as if it did not exist.
    pub fn check_readable(&self, account: Uuid) -> Result<(), Refusal> {
        match self.status {
            EventStatus::Draft if self.owner_id != account => Err(Refusal::NotFound("There is no such event.")),
            _ => Ok(()),
        }
    }

    /// Refuses everyone but the owner.
    pub fn check_owner(&self, account: Uuid) -> Result<(), Refusal> {
        self.check_readable(account)?;
        if self.owner_id != account {
            return Err(Refusal::Forbidden("Only the owner of the event may do this."));
        }
        Ok(())
    }

    /// Says why no seat can be sold now.
    pub fn check_on_sale(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        if self.status != EventStatus::Published {
            return Err(Refusal::InvalidState("The event is not on sale."));
        }
        if self.starts_at <= now {
            return Err(Refusal::InvalidState("The event has begun."));
        }
        Ok(())
    }
}

impl Event {
    /// The event as published, or why it cannot be.
    pub fn publish(self, now: OffsetDateTime) -> Result<Self, Refusal> {
        if self.status != EventStatus::Draft {
            return Err(Refusal::InvalidState("Only a draft can be published."));
        }
        if self.starts_at <= now {
            return Err(Refusal::InvalidState("The event would begin in the past."));
        }
        Ok(Self { status: EventStatus::Published, ..self })
    }

    /// The event as cancelled, or why it cannot be.
    pub fn cancel(self) -> Result<Self, Refusal> {
        if self.status != EventStatus::Published {
            return Err(Refusal::InvalidState("Only a published event can be cancelled."));
        }
        Ok(Self { status: EventStatus::Cancelled, ..self })
    }

    /// The event with the change made, or why it cannot be made.
    pub fn apply(self, change: EventChange) -> Result<Self, Refusal> {
        if self.status == EventStatus::Cancelled {
            return Err(Refusal::InvalidState("A cancelled event does not change."));
        }
        let after = Self {
            title: change.title.unwrap_or_else(|| self.title.clone()),
            starts_at: change.starts_at.unwrap_or(self.starts_at),
            capacity: change.capacity.unwrap_or(self.capacity),
            price_cents: change.price_cents.unwrap_or(self.price_cents),
            currency: change.currency.unwrap_or_else(|| self.currency.clone()),
            ..self
        };
        let repriced = after.price_cents != self.price_cents || after.currency != self.currency;
        if self.status != EventStatus::Draft && repriced {
            return Err(Refusal::InvalidState("Price and currency change only in a draft."));
        }
        if after.capacity < self.seats_booked {
            return Err(Refusal::CapacityBelowBooked);
        }
        Ok(after)
    }
}

/// What is to be changed; None stays as it is.
#[derive(Debug, Default)]
pub struct EventChange {
    pub title: Option<String>,
    pub starts_at: Option<OffsetDateTime>,
    pub capacity: Option<i32>,
    pub price_cents: Option<i32>,
    pub currency: Option<String>,
}

/// A draft before it is stored.
#[derive(Debug)]
pub struct NewEvent {
    pub owner_id: Uuid,
    pub title: String,
    pub starts_at: OffsetDateTime,
    pub capacity: i32,
    pub price_cents: i32,
    pub currency: String,
}

// --- src/http/events.rs:2-116
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body::{Body, invalid};
use super::error::ApiError;
use super::extract::{Caller, Id};
use super::page::{Page, PageRequest};
use crate::domain::{Event, EventChange, NewEvent, Position};
use crate::service::Events;
use crate::wire::EventView;

const MAX_TITLE: usize = 120;
const MAX_CAPACITY: i32 = 100_000;
const MAX_PRICE_CENTS: i32 = 10_000_000;
const CURRENCIES: [&str; 3] = ["EUR", "GBP", "USD"];

/// Answers POST /events.
pub async fn create(
    State(events): State<Arc<Events>>,
    Caller(owner_id): Caller,
    mut body: Body,
) -> Result<Response, ApiError> {
    let draft = NewEvent {
        owner_id,
        title: body.title("title"),
        starts_at: body.moment("starts_at"),
        capacity: body.integer("capacity", 1, MAX_CAPACITY),
        price_cents: body.integer("price_cents", 0, MAX_PRICE_CENTS),
        currency: body.choice("currency", &CURRENCIES),
    };
    body.done()?;
    let event = events.create(&draft).await?;
    let location = [(header::LOCATION, format!("/events/{}", event.id))];
    Ok((StatusCode::CREATED, location, show(event)).into_response())
}

/// Shows an event with its version, which a change must name.
fn show(event: Event) -> Response {
    let etag = [(header::ETAG, format!("\"{}\"", event.version))];
    (etag, Json(EventView::from(event))).into_response()
}

pub async fn change(
    State(events): State<Arc<Events>>,
    Caller(caller): Caller,
    Id(id): Id,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    if body.is_empty() {
        return Err(invalid("", "must change something"));
    }
    let change = EventChange {
        title: body.optional("title", Body::title),
        starts_at: body.optional("starts_at", Body::moment),
        capacity: body.optional("capacity", |body, name| body.integer(name, 1, MAX_CAPACITY)),
        price_cents: body.optional("price_cents", |body, name| body.integer(name, 0, MAX_PRICE_CENTS)),
        currency: body.optional("currency", |body, name| body.choice(name, &CURRENCIES)),
    };
    body.done()?;
    let given = headers.get(header::IF_MATCH).ok_or(ApiError::NoVersion)?;
    let version = version_of(given.to_str().unwrap_or_default());
    Ok(show(events.change(caller, id, version, change).await?))
}

/// The version that the caller has read. What is no ETag of ours matches none: versions begin with 1.
fn version_of(etag: &str) -> i32 {
    let digits = etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    digits.parse().ok().filter(|version: &i32| version.to_string() == digits).unwrap_or(0)
}

impl Body {
    fn title(&mut self, name: &str) -> String {
        let title = self.text(name, 1, MAX_TITLE);
        if self.is_sound(name) && title.trim().is_empty() {
            self.fault(name, "must not be blank");
        }
        title
    }
}

pub async fn get(State(events): State<Arc<Events>>, Caller(caller): Caller, Id(id): Id) -> Result<Response, ApiError> {
    Ok(show(events.get(caller, id).await?))
}

pub async fn publish(
    State(events): State<Arc<Events>>,
    Caller(caller): Caller,
    Id(id): Id,
) -> Result<Response, ApiError> {
    Ok(show(events.publish(caller, id).await?))
}

pub async fn cancel(
    State(events): State<Arc<Events>>,
    Caller(caller): Caller,
    Id(id): Id,
) -> Result<Response, ApiError> {
    Ok(show(events.cancel(caller, id).await?))
}

pub async fn list(
    State(events): State<Arc<Events>>,
    Caller(_): Caller,
    page: PageRequest,
) -> Result<Json<Page<EventView>>, ApiError> {
    let rows = events.list(page.after(Position::LOWEST), page.rows()).await?;
    Ok(Json(page.show(rows, |event| Position { at: event.starts_at, id: event.id })))
}

// --- src/service/events.rs:2-68
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Clock;
use crate::domain::{Event, EventChange, NewEvent, Position, Refusal, Result};
use crate::store::{events, outbox};
use crate::wire::EventView;

/// Lets organisers publish what people can book.
pub struct Events {
    pub pool: PgPool,
    pub now: Clock,
}

impl Events {
    /// Makes a draft.
    pub async fn create(&self, draft: &NewEvent) -> Result<Event> {
        events::add(&self.pool, Uuid::now_v7(), draft).await
    }

    /// Gives an event that the caller may see.
    pub async fn get(&self, caller: Uuid, id: Uuid) -> Result<Event> {
        let event = events::by_id(&self.pool, id).await?;
        event.check_readable(caller)?;
        Ok(event)
    }

    /// Gives events that can be booked.
    pub async fn list(&self, after: Position, limit: i64) -> Result<Vec<Event>> {
        events::published(&self.pool, (self.now)(), after, limit).await
    }

    /// Changes an event that still has the version which the caller has read.
    pub async fn change(&self, caller: Uuid, id: Uuid, version: i32, change: EventChange) -> Result<Event> {
        let event = events::by_id(&self.pool, id).await?;
        event.check_owner(caller)?;
        if event.version != version {
            return Err(Refusal::PreconditionFailed.into());
        }
        events::change(&self.pool, &event.apply(change)?).await
    }

    /// Puts a draft on sale.
    pub async fn publish(&self, caller: Uuid, id: Uuid) -> Result<Event> {
        let mut tx = self.pool.begin().await?;
        let event = lock_owned(&mut tx, caller, id).await?;
        let published = events::change(&mut *tx, &event.publish((self.now)())?).await?;
        tx.commit().await?;
        Ok(published)
    }

    /// Takes an event off sale for good, and tells so.
    pub async fn cancel(&self, caller: Uuid, id: Uuid) -> Result<Event> {
        let mut tx = self.pool.begin().await?;
        let event = lock_owned(&mut tx, caller, id).await?;
        let cancelled = events::change(&mut *tx, &event.cancel()?).await?;
        outbox::add(&mut *tx, "event.cancelled", &EventView::from(cancelled.clone())).await?;
        tx.commit().await?;
        Ok(cancelled)
    }
}

async fn lock_owned(db: &mut PgConnection, caller: Uuid, id: Uuid) -> Result<Event> {
    let event = events::lock(db, id).await?;
    event.check_owner(caller)?;
    Ok(event)
}

// --- src/store/events.rs:2-131
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgExecutor, Row, query, query_as};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{unknown, violates};
use crate::domain::{Event, EventStatus, NewEvent, Position, Refusal, Result};

macro_rules! columns {
    () => {
        "id, owner_id, title, starts_at, capacity, seats_booked, price_cents, currency, status, version, created_at"
    };
}

impl FromRow<'_, PgRow> for Event {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let status = match row.try_get("status")? {
            "draft" => EventStatus::Draft,
            "published" => EventStatus::Published,
            "cancelled" => EventStatus::Cancelled,
            other => return Err(unknown("status", other)),
        };
        Ok(Self {
            id: row.try_get("id")?,
            owner_id: row.try_get("owner_id")?,
            title: row.try_get("title")?,
            starts_at: row.try_get("starts_at")?,
            capacity: row.try_get("capacity")?,
            seats_booked: row.try_get("seats_booked")?,
            price_cents: row.try_get("price_cents")?,
            currency: row.try_get("currency")?,
            status,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

const NO_EVENT: Refusal = Refusal::NotFound("There is no such event.");

/// Finds an event, or NotFound.
pub async fn by_id(db: impl PgExecutor<'_>, id: Uuid) -> Result<Event> {
    let found = query_as(concat!("SELECT ", columns!(), " FROM events WHERE id = $1")).bind(id).fetch_optional(db);
    Ok(found.await?.ok_or(NO_EVENT)?)
}

/// Finds an event and holds it until the transaction ends, or NotFound. Whoever sells or gives back seats locks the
/// event first and bookings after it: one order, no deadlock.
pub async fn lock(db: impl PgExecutor<'_>, id: Uuid) -> Result<Event> {
    let sql = concat!("SELECT ", columns!(), " FROM events WHERE id = $1 FOR NO KEY UPDATE");
    Ok(query_as(sql).bind(id).fetch_optional(db).await?.ok_or(NO_EVENT)?)
}

/// Stores a draft and gives it back as stored.
pub async fn add(db: impl PgExecutor<'_>, id: Uuid, draft: &NewEvent) -> Result<Event> {
    let sql = concat!(
        "INSERT INTO events (id, owner_id, title, starts_at, capacity, price_cents, currency)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ",
        columns!()
    );
    let stored = query_as(sql)
        .bind(id)
        .bind(draft.owner_id)
        .bind(&draft.title)
        .bind(draft.starts_at)
        .bind(draft.capacity)
        .bind(draft.price_cents)
        .bind(&draft.currency);
    Ok(stored.fetch_one(db).await?)
}

/// Stores the event if it still has the version that was read, else PreconditionFailed. Seats may have been booked in
/// the meantime: they do not count as a version, so the table's own check is what refuses a capacity below them.
pub async fn change(db: impl PgExecutor<'_>, event: &Event) -> Result<Event> {
    let sql = concat!(
        "UPDATE events
         SET title = $3, starts_at = $4, capacity = $5, price_cents = $6, currency = $7, status = $8, version = version + 1
         WHERE id = $1 AND version = $2 RETURNING ",
        columns!()
    );
    let changed = query_as(sql)
        .bind(event.id)
        .bind(event.version)
        .bind(&event.title)
        .bind(event.starts_at)
        .bind(event.capacity)
        .bind(event.price_cents)
        .bind(&event.currency)
        .bind(event.status.as_str());
    match changed.fetch_optional(db).await {
        Ok(Some(event)) => Ok(event),
        Ok(None) => Err(Refusal::PreconditionFailed.into()),
        Err(error) if violates(&error, "events_seats_booked_check") => Err(Refusal::CapacityBelowBooked.into()),
        Err(error) => Err(error.into()),
    }
}

/// Lists what can still be booked after a position, soonest first. The row comparison is answered by
/// events_published_idx, however far the reader has come.
pub async fn published(
    db: impl PgExecutor<'_>,
    now: OffsetDateTime,
    after: Position,
    limit: i64,
) -> Result<Vec<Event>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM events
         WHERE status = 'published' AND starts_at > $1 AND (starts_at, id) > ($2, $3)
         ORDER BY starts_at, id LIMIT $4"
    );
    Ok(query_as(sql).bind(now).bind(after.at).bind(after.id).bind(limit).fetch_all(db).await?)
}

/// Counts booked seats, or gives them back when negative. The event must be locked.
pub async fn add_seats(db: impl PgExecutor<'_>, event: Uuid, seats: i32) -> Result<()> {
    query("UPDATE events SET seats_booked = seats_booked + $2 WHERE id = $1")
        .bind(event)
        .bind(seats)
        .execute(db)
        .await?;
    Ok(())
}
