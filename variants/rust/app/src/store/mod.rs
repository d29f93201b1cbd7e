//! The repository: SQL named for its question. A function asks on the pool or in the caller's transaction, and never commits.

pub mod accounts;
pub mod bookings;
pub mod events;
pub mod idempotency;
pub mod outbox;
pub mod rate_limits;

use std::str::FromStr;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::domain::{Error, Result};

const MAX_CONNECTIONS: u32 = 10;

/// Prepares the pool. It connects on first use, so that the service starts while the database is away.
pub fn open(url: &str) -> Result<PgPool> {
    let options =
        PgConnectOptions::from_str(url)?.application_name("box-office").options([("statement_timeout", "10s")]);
    Ok(PgPoolOptions::new().max_connections(MAX_CONNECTIONS).connect_lazy_with(options))
}

/// Whatever the database says beyond what a function expects is a fault.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::fault(error)
    }
}

/// Whether the error comes from the named constraint or unique index.
fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(|refused| refused.constraint()) == Some(constraint)
}

/// A value that the schema's checks do not allow.
fn unknown(column: &str, value: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.into(), source: format!("{value} is not known").into() }
}
