// region: template-service
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
// endregion: template-service
