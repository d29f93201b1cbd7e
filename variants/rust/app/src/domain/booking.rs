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
