use time::OffsetDateTime;
use uuid::Uuid;

use super::{Event, Refusal, Result};

/// Moves booked → cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingStatus {
    Booked,
    Cancelled,
}

impl BookingStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A number of seats that an account holds or held. `total_cents` is fixed when it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Booking {
    pub id: Uuid,
    pub event_id: Uuid,
    pub account_id: Uuid,
    pub seats: i32,
    pub total_cents: i64,
    pub currency: String,
    pub status: BookingStatus,
    pub created_at: OffsetDateTime,
    pub cancelled_at: Option<OffsetDateTime>,
}

/// A booking as the organiser sees it.
#[derive(Debug, Clone)]
pub struct Guest {
    pub booking: Booking,
    pub email: String,
}

impl Booking {
    /// The booker and the event's owner see the booking; for anyone else it does not exist.
    pub fn check_readable(&self, event: &Event, account: Uuid) -> Result<(), Refusal> {
        if self.account_id != account && event.owner_id != account {
            return Err(Refusal::NotFound("There is no such booking."));
        }
        Ok(())
    }

    /// Only the booker cancels, once, before the event begins.
    pub fn check_cancellable(&self, event: &Event, account: Uuid, now: OffsetDateTime) -> Result<(), Refusal> {
        self.check_readable(event, account)?;
        if self.account_id != account {
            return Err(Refusal::Forbidden("Only the booker may cancel."));
        }
        if self.status != BookingStatus::Booked {
            return Err(Refusal::InvalidState("The booking is cancelled already."));
        }
        if event.starts_at <= now {
            return Err(Refusal::InvalidState("The event has begun."));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::tests::{NOW, OTHER, OWNER, event};
    use super::*;
    use crate::domain::EventStatus;
    use time::Duration;

    fn booking(status: BookingStatus) -> Booking {
        Booking {
            id: Uuid::from_u128(7),
            event_id: Uuid::from_u128(9),
            account_id: OTHER,
            seats: 1,
            total_cents: 100,
            currency: "EUR".into(),
            status,
            created_at: NOW,
            cancelled_at: None,
        }
    }

    #[test]
    fn only_the_booker_cancels_once_before_the_beginning() {
        let event = event(EventStatus::Published);
        let check = |status, account, now| booking(status).check_cancellable(&event, account, now);
        let booked = BookingStatus::Booked;

        assert!(check(booked, OTHER, NOW).is_ok());
        assert!(matches!(check(booked, OWNER, NOW), Err(Refusal::Forbidden(_))));
        assert!(matches!(check(booked, Uuid::from_u128(3), NOW), Err(Refusal::NotFound(_))));
        assert!(matches!(check(BookingStatus::Cancelled, OTHER, NOW), Err(Refusal::InvalidState(_))));
        assert!(matches!(check(booked, OTHER, NOW + Duration::HOUR), Err(Refusal::InvalidState(_))));
    }
}
