use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Clock;
use crate::domain::{Booking, Error, Guest, Position, Refusal, Request, Result};
use crate::store::bookings::NewBooking;
use crate::store::{bookings, events, idempotency, outbox};
use crate::wire::BookingView;

const CREATED: u16 = 201;

/// Sells seats and takes them back.
pub struct Bookings {
    pub pool: PgPool,
    pub now: Clock,
}

/// A booking, and whether it was made by an earlier request of the same key.
pub struct Sale {
    pub booking: BookingView,
    pub replayed: bool,
}

impl Bookings {
    // region: idempotent-write
    /// Sells seats once, however often the same request arrives. The key, the booking, the count of seats and the
    /// message about it are one transaction: all of them are there or none. A request that is refused drops the
    /// transaction and leaves nothing, so its key can be used again.
    pub async fn book(&self, request: &Request, event: Uuid, seats: i32) -> Result<Sale> {
        let mut tx = self.pool.begin().await?;
        if !idempotency::claim(&mut *tx, request).await? {
            return replay(&mut tx, request).await;
        }
        let booking = BookingView::from(self.sell(&mut tx, request.account_id, event, seats).await?);
        outbox::add(&mut *tx, "booking.created", &booking).await?;
        let answer = serde_json::to_value(&booking).map_err(Error::fault)?;
        idempotency::store(&mut *tx, request, CREATED, &answer).await?;
        tx.commit().await?;
        Ok(Sale { booking, replayed: false })
    }
    // endregion: idempotent-write

    /// Takes seats from a locked event. Without the lock two requests could both see the last seat.
    async fn sell(&self, db: &mut PgConnection, booker: Uuid, event: Uuid, seats: i32) -> Result<Booking> {
        let event = events::lock(&mut *db, event).await?;
        event.check_readable(booker)?;
        event.check_on_sale((self.now)())?;
        let wanted = NewBooking {
            event_id: event.id,
            account_id: booker,
            seats,
            total_cents: i64::from(seats) * i64::from(event.price_cents),
            currency: &event.currency,
        };
        let booking = bookings::add(&mut *db, Uuid::now_v7(), wanted).await?;
        if seats > event.seats_left() {
            return Err(Refusal::SoldOut.into());
        }
        events::add_seats(db, event.id, seats).await?;
        Ok(booking)
    }

    /// Gives a booking to its booker or to the event's owner.
    pub async fn get(&self, caller: Uuid, id: Uuid) -> Result<Booking> {
        let booking = bookings::by_id(&self.pool, id).await?;
        let event = events::by_id(&self.pool, booking.event_id).await?;
        booking.check_readable(&event, caller)?;
        Ok(booking)
    }

    /// Gives the caller's own bookings.
    pub async fn own(&self, caller: Uuid, after: Position, limit: i64) -> Result<Vec<Booking>> {
        bookings::of_account(&self.pool, caller, after, limit).await
    }

    /// Gives the bookings of an event to its owner.
    pub async fn guests(&self, caller: Uuid, event: Uuid, after: Position, limit: i64) -> Result<Vec<Guest>> {
        events::by_id(&self.pool, event).await?.check_owner(caller)?;
        bookings::of_event(&self.pool, event, after, limit).await
    }

    /// Gives the seats of a booking back.
    pub async fn cancel(&self, caller: Uuid, id: Uuid) -> Result<Booking> {
        let mut tx = self.pool.begin().await?;
        let found = bookings::by_id(&mut *tx, id).await?;
        let event = events::lock(&mut *tx, found.event_id).await?;
        // Again: before the lock was held another request may have cancelled it.
        let booking = bookings::by_id(&mut *tx, id).await?;
        booking.check_cancellable(&event, caller, (self.now)())?;
        let cancelled = bookings::cancel(&mut *tx, id).await?;
        events::add_seats(&mut *tx, event.id, -booking.seats).await?;
        outbox::add(&mut *tx, "booking.cancelled", &BookingView::from(cancelled.clone())).await?;
        tx.commit().await?;
        Ok(cancelled)
    }
}

// region: idempotent-write
async fn replay(db: &mut PgConnection, request: &Request) -> Result<Sale> {
    let answer = idempotency::answer(db, request).await?;
    if answer.digest != request.digest {
        return Err(Refusal::IdempotencyKeyReused.into());
    }
    Ok(Sale { booking: serde_json::from_value(answer.body).map_err(Error::fault)?, replayed: true })
}
// endregion: idempotent-write
