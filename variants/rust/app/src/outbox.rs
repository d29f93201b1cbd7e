//! Tells another system what has happened: at least once, signed, outside any transaction.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::redirect::Policy;
use serde::Serialize;
use sha2::Sha256;
use sqlx::PgPool;
use time::OffsetDateTime;
use time::serde::rfc3339;
use tokio::sync::watch;
use tracing::{Instrument, error, warn};
use uuid::Uuid;

use crate::domain::{Error, Result};
use crate::store::outbox::{self, Message};
use crate::telemetry;

/// Where to tell and how long to try.
pub struct Settings {
    pub url: String,
    pub secret: Vec<u8>,
    pub timeout: Duration,
    pub poll: Duration,
    pub lease: Duration,
    pub backoff: Duration,
    pub max_attempts: i32,
}

// region: outbox
/// Delivers the messages of the outbox.
pub struct Worker {
    pool: PgPool,
    settings: Settings,
    client: reqwest::Client,
}

impl Worker {
    /// A redirect is an answer like any other: following it would carry the message to a place nobody chose.
    pub fn new(pool: PgPool, settings: Settings) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default(); // an error says that it is there already
        let client = reqwest::Client::builder().redirect(Policy::none()).timeout(settings.timeout).build();
        Ok(Self { pool, settings, client: client.map_err(Error::fault)? })
    }

    /// Delivers until it is told to stop, and finishes the message it has in hand.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.step().instrument(telemetry::trace(None)).await {
                Ok(true) => continue, // there may be more
                Ok(false) => {}
                Err(error) => error!(%error, "the outbox cannot be worked off"),
            }
            tokio::select! {
                _ = stop.changed() => {}
                () = tokio::time::sleep(self.settings.poll) => {}
            }
        }
    }

    /// Delivers one message if one is due. The claim is committed before the call, so that no transaction waits for
    /// another system.
    pub async fn step(&self) -> Result<bool> {
        let Some(message) = outbox::claim(&self.pool, self.settings.lease).await? else { return Ok(false) };
        if message.attempts > self.settings.max_attempts {
            // The process died during the last attempt.
            outbox::failed(&self.pool, &message, "the last attempt did not end").await?;
            return Ok(true);
        }
        let Err(failure) = self.send(&message).await else {
            outbox::delivered(&self.pool, &message).await?;
            return Ok(true);
        };
        warn!(message_id = %message.id, attempt = message.attempts, error = %failure, "webhook not delivered");
        if message.attempts == self.settings.max_attempts {
            outbox::failed(&self.pool, &message, &failure.to_string()).await?;
        } else {
            outbox::retry(&self.pool, &message, self.wait(message.attempts), &failure.to_string()).await?;
        }
        Ok(true)
    }

    /// Doubles with each attempt. Up to half as much again by chance keeps messages that failed together from coming
    /// back together.
    fn wait(&self, attempt: i32) -> Duration {
        let chance = f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX);
        self.settings.backoff.mul_f64(2f64.powi(attempt - 1) * (1.0 + chance / 2.0))
    }

    async fn send(&self, message: &Message) -> Result<()> {
        let body = serde_json::to_vec(&Envelope::from(message)).map_err(Error::fault)?;
        let id = message.id.to_string();
        let timestamp = OffsetDateTime::now_utc().unix_timestamp().to_string();
        let signature = sign(&self.settings.secret, &id, &timestamp, &body)?;
        let response = self
            .client
            .post(&self.settings.url)
            .header("Content-Type", "application/json")
            .header("Webhook-Id", id)
            .header("Webhook-Timestamp", timestamp)
            .header("Webhook-Signature", signature)
            .body(body)
            .send()
            .await
            .map_err(|error| Error::fault(cause(error.without_url())))?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(Error::fault(format!("answered {}", status.as_u16()))),
        }
    }
}

// endregion: outbox

/// What went wrong at the bottom. The address is left out: it may hold a secret.
fn cause(error: reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[derive(Serialize)]
struct Envelope<'a> {
    id: Uuid,
    r#type: &'a str,
    #[serde(with = "rfc3339")]
    created_at: OffsetDateTime,
    data: &'a serde_json::Value,
}

impl<'a> From<&'a Message> for Envelope<'a> {
    fn from(m: &'a Message) -> Self {
        Self { id: m.id, r#type: &m.topic, created_at: m.created_at, data: &m.payload }
    }
}

/// Follows Standard Webhooks: the receiver can tell who sent the message and when.
fn sign(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(Error::fault)?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}
