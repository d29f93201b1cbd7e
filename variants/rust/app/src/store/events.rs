// region: template-repository
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgExecutor, Row, query, query_as};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{unknown, violates};
use crate::domain::{Event, EventStatus, NewEvent, Position, Refusal, Result};

// region: repository
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
// endregion: repository

// region: optimistic-update
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
// endregion: optimistic-update

// region: page
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
// endregion: page

/// Counts booked seats, or gives them back when negative. The event must be locked.
pub async fn add_seats(db: impl PgExecutor<'_>, event: Uuid, seats: i32) -> Result<()> {
    query("UPDATE events SET seats_booked = seats_booked + $2 WHERE id = $1")
        .bind(event)
        .bind(seats)
        .execute(db)
        .await?;
    Ok(())
}
// endregion: template-repository
