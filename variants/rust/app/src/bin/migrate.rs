//! Brings the database of DATABASE_URL to the newest schema, or takes all of it back.
//!
//!     migrate up
//!     migrate down

use std::env;
use std::process::ExitCode;

use sqlx::{Connection, PgConnection};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(done) => {
            println!("{done}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("migrate: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String, Box<dyn std::error::Error>> {
    let direction = env::args().nth(1).unwrap_or_default();
    if !matches!(direction.as_str(), "up" | "down") || env::args().len() != 2 {
        return Err("usage: migrate up|down".into());
    }
    let url = env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set")?;
    let mut db = PgConnection::connect(&url).await?;
    if direction == "up" {
        box_office::MIGRATIONS.run(&mut db).await?;
    } else {
        box_office::MIGRATIONS.undo(&mut db, 0).await?;
    }
    let steps = box_office::MIGRATIONS.iter().filter(|step| step.migration_type.is_up_migration()).count();
    Ok(format!("{direction}: {steps} steps"))
}
