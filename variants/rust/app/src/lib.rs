//! The box office: people sign in, organisers publish events, bookings race for the last seat.

pub mod auth;
pub mod config;
pub mod domain;
pub mod http;
pub mod outbox;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod wire;

/// The schema's steps, embedded so that a binary can take them without the sources.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();
