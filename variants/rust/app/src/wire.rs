//! How events and bookings look outside: in answers and in webhooks.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use crate::domain::{Booking, Event, Guest};

/// An event as everyone sees it.
#[derive(Serialize)]
pub struct EventView {
    id: Uuid,
    owner_id: Uuid,
    title: String,
    #[serde(with = "rfc3339")]
    starts_at: OffsetDateTime,
    capacity: i32,
    seats_left: i32,
    price_cents: i32,
    currency: String,
    status: &'static str,
    version: i32,
    #[serde(with = "rfc3339")]
    created_at: OffsetDateTime,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            owner_id: event.owner_id,
            starts_at: event.starts_at,
            capacity: event.capacity,
            seats_left: event.seats_left(),
            price_cents: event.price_cents,
            status: event.status.as_str(),
            version: event.version,
            created_at: event.created_at,
            title: event.title,
            currency: event.currency,
        }
    }
}

/// A booking as its booker sees it.
#[derive(Serialize, Deserialize)]
pub struct BookingView {
    pub id: Uuid,
    event_id: Uuid,
    seats: i32,
    total_cents: i64,
    currency: String,
    status: String,
    #[serde(with = "rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    cancelled_at: Option<OffsetDateTime>,
}

impl From<Booking> for BookingView {
    fn from(booking: Booking) -> Self {
        Self {
            id: booking.id,
            event_id: booking.event_id,
            seats: booking.seats,
            total_cents: booking.total_cents,
            currency: booking.currency,
            status: booking.status.as_str().into(),
            created_at: booking.created_at,
            cancelled_at: booking.cancelled_at,
        }
    }
}

/// A booking as the organiser sees it.
#[derive(Serialize)]
pub struct GuestView {
    #[serde(flatten)]
    booking: BookingView,
    email: String,
}

impl From<Guest> for GuestView {
    fn from(guest: Guest) -> Self {
        Self { booking: guest.booking.into(), email: guest.email }
    }
}
