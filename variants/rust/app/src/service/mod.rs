//! The use cases. They open the transactions and decide who may do what.

mod accounts;
mod bookings;
mod events;

use time::OffsetDateTime;

pub use accounts::{Accounts, Hit, Limiter, Limits, Tokens};
pub use bookings::{Bookings, Sale};
pub use events::Events;

/// Where the time comes from; a test hands in its own.
pub type Clock = fn() -> OffsetDateTime;
