// region: template-errors
use std::time::Duration;

use serde::Serialize;

/// Why a request is refused: what the caller may know. http/error.rs turns it into a status.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("You have a booking for this event.")]
    AlreadyBooked,
    #[error("More seats are booked than that.")]
    CapacityBelowBooked,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("The key belongs to another body.")]
    IdempotencyKeyReused,
    #[error("The request has values that are not allowed.")]
    Invalid(Vec<FieldError>),
    #[error("{0}")]
    InvalidState(&'static str),
    #[error("{0}")]
    NotFound(&'static str),
    #[error("The event has changed since it was read.")]
    PreconditionFailed,
    #[error("Too many attempts.")]
    RateLimited { retry_after: Duration },
    #[error("There are not that many seats left.")]
    SoldOut,
    #[error("{0}")]
    Unauthorized(&'static str),
}

/// One wrong value, named by its JSON pointer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldError {
    pub pointer: String,
    pub detail: String,
}

/// A refusal is for the caller; a fault is for the log alone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub fn fault(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Fault(cause.into())
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;
// endregion: template-errors
