//! Everything that needs a database, in one binary: one link instead of four.

mod api;
mod common;
mod migrations;
mod outbox;
mod query_count;
