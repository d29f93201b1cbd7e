use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

/// A row's place in a list: the sort key and the unique tie-breaker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    pub at: OffsetDateTime,
    pub id: Uuid,
}

impl Position {
    /// Before the first row of a list that goes up.
    pub const LOWEST: Self = Self { at: OffsetDateTime::UNIX_EPOCH, id: Uuid::nil() };
    /// Before the first row of a list that goes down.
    pub const HIGHEST: Self = Self { at: datetime!(9999-01-01 00:00 UTC), id: Uuid::max() };
}
