//! Entities and rules. They know neither HTTP nor SQL.

mod account;
mod booking;
mod error;
mod event;
mod page;
mod request;

pub use account::{Account, RefreshToken, normalize_email};
pub use booking::{Booking, BookingStatus, Guest};
pub use error::{Error, FieldError, Refusal, Result};
pub use event::{Event, EventChange, EventStatus, NewEvent};
pub use page::Position;
pub use request::{Answer, Request};
