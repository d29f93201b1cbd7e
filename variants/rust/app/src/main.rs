//! The service. It is the one place where the parts are put together.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use box_office::auth::{AccessTokens, Hasher};
use box_office::config::Settings;
use box_office::domain::{Error, Result};
use box_office::http::{self, App};
use box_office::outbox::{self, Worker};
use box_office::service::{Accounts, Bookings, Events, Limits};
use box_office::store::{self, rate_limits::PgLimiter};
use box_office::telemetry;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{Instrument, error, info, warn};

const STOP_TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(faults) => {
            eprintln!("{}", faults.join("\n"));
            return ExitCode::from(2);
        }
    };
    telemetry::start(settings.log_level);
    let ended = run(settings).instrument(telemetry::trace(None)).await;
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(%error, "ended");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<()> {
    let pool = store::open(&settings.database_url)?;
    let (stop, stopping) = watch::channel(false);
    let worker = Worker::new(pool.clone(), outbox_settings(&settings))?;
    let address = format!("{}:{}", settings.host, settings.port);
    let app = build(settings, pool.clone(), stopping.clone()).await?;
    let listener = TcpListener::bind(&address).await.map_err(Error::fault)?;
    info!(address, "listening");

    let working = tokio::spawn(async move { worker.run(stopping).await });
    let served = serve(listener, app, stop).await;
    working.await.map_err(Error::fault)?;
    pool.close().await;
    served
}

async fn build(settings: Settings, pool: PgPool, stopping: watch::Receiver<bool>) -> Result<App> {
    let at_a_time = available_parallelism().map_or(2, usize::from);
    let hasher =
        Hasher::new(settings.argon2_memory_kib, settings.argon2_iterations, settings.argon2_parallelism, at_a_time);
    let tokens = Arc::new(AccessTokens::new(&settings.jwt_secret, settings.access_ttl));
    let now = OffsetDateTime::now_utc;
    let accounts = Accounts {
        pool: pool.clone(),
        limiter: PgLimiter(pool.clone()),
        limits: Limits {
            per_account: settings.login_limit_per_account,
            per_address: settings.login_limit_per_address,
            window: settings.login_window,
        },
        hasher: hasher.await?,
        tokens: tokens.clone(),
        refresh_ttl: settings.refresh_ttl,
        now,
    };
    Ok(App {
        accounts: Arc::new(accounts),
        events: Arc::new(Events { pool: pool.clone(), now }),
        bookings: Arc::new(Bookings { pool: pool.clone(), now }),
        tokens,
        pool,
        stopping,
    })
}

fn outbox_settings(settings: &Settings) -> outbox::Settings {
    outbox::Settings {
        url: settings.webhook_url.clone(),
        secret: settings.webhook_secret.clone(),
        timeout: settings.webhook_timeout,
        poll: settings.outbox_poll,
        lease: settings.outbox_lease,
        backoff: settings.outbox_backoff,
        max_attempts: settings.outbox_max_attempts,
    }
}

/// Answers until SIGTERM, then lets requests under way end. Dropping `stop` at the end stops the worker in any case.
async fn serve(listener: TcpListener, app: App, stop: watch::Sender<bool>) -> Result<()> {
    let mut stopping = app.stopping.clone();
    let service = http::routes(app).into_make_service_with_connect_info::<SocketAddr>();
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::fault)?;
    let stopped = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        info!("stopping");
        stop.send_replace(true);
    };
    let cut_off = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(STOP_TIMEOUT).await;
    };
    tokio::select! {
        served = axum::serve(listener, service).with_graceful_shutdown(stopped) => served.map_err(Error::fault),
        () = cut_off => {
            warn!("requests were cut off");
            Ok(())
        }
    }
}
