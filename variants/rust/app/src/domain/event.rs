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
}
// endregion: model

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
// endregion: template-model

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use time::Duration;
    use time::macros::datetime;

    pub const NOW: OffsetDateTime = datetime!(2030-01-01 12:00 UTC);
    pub const OWNER: Uuid = Uuid::from_u128(1);
    pub const OTHER: Uuid = Uuid::from_u128(2);

    pub fn event(status: EventStatus) -> Event {
        Event {
            id: Uuid::from_u128(9),
            owner_id: OWNER,
            title: "Concert".into(),
            starts_at: NOW + Duration::HOUR,
            capacity: 10,
            seats_booked: 4,
            price_cents: 100,
            currency: "EUR".into(),
            status,
            version: 1,
            created_at: NOW,
        }
    }

    #[test]
    fn only_a_draft_in_the_future_is_published() {
        assert!(event(EventStatus::Draft).publish(NOW).is_ok_and(|event| event.status == EventStatus::Published));
        for refused in [
            event(EventStatus::Published).publish(NOW),
            event(EventStatus::Cancelled).publish(NOW),
            event(EventStatus::Draft).publish(NOW + Duration::HOUR),
        ] {
            assert!(matches!(refused, Err(Refusal::InvalidState(_))), "{refused:?}");
        }
    }

    #[test]
    fn only_a_published_event_is_cancelled() {
        assert!(event(EventStatus::Published).cancel().is_ok_and(|event| event.status == EventStatus::Cancelled));
        for status in [EventStatus::Draft, EventStatus::Cancelled] {
            assert!(matches!(event(status).cancel(), Err(Refusal::InvalidState(_))), "{status:?}");
        }
    }

    #[test]
    fn a_draft_exists_for_its_owner_only() {
        assert!(event(EventStatus::Draft).check_owner(OWNER).is_ok());
        assert!(matches!(event(EventStatus::Draft).check_readable(OTHER), Err(Refusal::NotFound(_))));
        assert!(matches!(event(EventStatus::Draft).check_owner(OTHER), Err(Refusal::NotFound(_))));
        for status in [EventStatus::Published, EventStatus::Cancelled] {
            assert!(event(status).check_readable(OTHER).is_ok(), "{status:?}");
            assert!(matches!(event(status).check_owner(OTHER), Err(Refusal::Forbidden(_))), "{status:?}");
        }
    }

    #[test]
    fn nothing_is_sold_before_publishing_or_after_the_beginning() {
        assert!(event(EventStatus::Published).check_on_sale(NOW).is_ok());
        for refused in [
            event(EventStatus::Draft).check_on_sale(NOW),
            event(EventStatus::Cancelled).check_on_sale(NOW),
            event(EventStatus::Published).check_on_sale(NOW + Duration::HOUR),
        ] {
            assert!(matches!(refused, Err(Refusal::InvalidState(_))), "{refused:?}");
        }
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let change = EventChange { title: Some("New".into()), ..EventChange::default() };

        let expected = Event { title: "New".into(), ..event(EventStatus::Published) };
        assert_eq!(event(EventStatus::Published).apply(change), Ok(expected));
    }

    #[test]
    fn a_change_that_the_state_forbids_is_refused() {
        let capacity = |seats| EventChange { capacity: Some(seats), ..EventChange::default() };
        let price = |cents| EventChange { price_cents: Some(cents), ..EventChange::default() };
        let state = |result: Result<Event, Refusal>| matches!(result, Err(Refusal::InvalidState(_)));

        assert_eq!(event(EventStatus::Published).apply(capacity(3)), Err(Refusal::CapacityBelowBooked));
        assert!(event(EventStatus::Published).apply(capacity(4)).is_ok());
        assert!(event(EventStatus::Draft).apply(price(200)).is_ok());
        assert!(event(EventStatus::Published).apply(price(100)).is_ok());
        assert!(state(event(EventStatus::Published).apply(price(200))));
        assert!(state(event(EventStatus::Cancelled).apply(capacity(10))));
    }
}
