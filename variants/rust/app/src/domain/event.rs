// region: template-model
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Refusal, Result};

// region: model
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
    // endregion: model

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
// endregion: template-model
