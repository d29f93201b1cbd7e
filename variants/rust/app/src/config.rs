//! The settings, read once at start. What is missing or wrong ends the start and is named.

use std::env;
use std::time::Duration;

use tracing::level_filters::LevelFilter;

const MIN_SECRET_BYTES: usize = 32;

/// All that the environment decides.
#[derive(Debug, Clone)]
pub struct Settings {
    pub database_url: String,
    pub host: String,
    pub port: u16,
    pub log_level: LevelFilter,
    pub jwt_secret: Vec<u8>,
    pub access_ttl: Duration,
    pub refresh_ttl: Duration,
    pub login_limit_per_account: i32,
    pub login_limit_per_address: i32,
    pub login_window: Duration,
    pub argon2_memory_kib: u32,
    pub argon2_iterations: u32,
    pub argon2_parallelism: u32,
    pub webhook_url: String,
    pub webhook_secret: Vec<u8>,
    pub webhook_timeout: Duration,
    pub outbox_poll: Duration,
    pub outbox_lease: Duration,
    pub outbox_backoff: Duration,
    pub outbox_max_attempts: i32,
}

impl Settings {
    /// The settings of this process, or every reason why the service must not start.
    pub fn from_env() -> Result<Self, Vec<String>> {
        Self::read(|name| env::var(name).ok())
    }

    fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut r = Reader { lookup, faults: Vec::new() };
        let settings = Self {
            database_url: r.required("DATABASE_URL"),
            host: r.text("HOST").unwrap_or_else(|| "127.0.0.1".into()),
            port: r.number("PORT", 8080, 0, 65_535) as u16,
            log_level: r.level("LOG_LEVEL"),
            jwt_secret: r.secret("JWT_SECRET"),
            access_ttl: r.seconds("ACCESS_TTL_SECONDS", 900),
            refresh_ttl: r.seconds("REFRESH_TTL_SECONDS", 2_592_000),
            login_limit_per_account: r.number("LOGIN_LIMIT_PER_ACCOUNT", 5, 1, 1_000_000) as i32,
            login_limit_per_address: r.number("LOGIN_LIMIT_PER_ADDRESS", 100, 1, 1_000_000) as i32,
            login_window: r.seconds("LOGIN_WINDOW_SECONDS", 60),
            argon2_memory_kib: r.number("ARGON2_MEMORY_KIB", 19_456, 8, 4_194_304) as u32,
            argon2_iterations: r.number("ARGON2_ITERATIONS", 2, 1, 100) as u32,
            argon2_parallelism: r.number("ARGON2_PARALLELISM", 1, 1, 255) as u32,
            webhook_url: r.web_address("WEBHOOK_URL"),
            webhook_secret: r.secret("WEBHOOK_SECRET"),
            webhook_timeout: r.milliseconds("WEBHOOK_TIMEOUT_MS", 5_000),
            outbox_poll: r.milliseconds("OUTBOX_POLL_MS", 500),
            outbox_lease: r.seconds("OUTBOX_LEASE_SECONDS", 30),
            outbox_backoff: r.milliseconds("OUTBOX_BACKOFF_MS", 1_000),
            outbox_max_attempts: r.number("OUTBOX_MAX_ATTEMPTS", 8, 1, 30) as i32,
        };
        if r.faults.is_empty() { Ok(settings) } else { Err(r.faults) }
    }
}

struct Reader<F> {
    lookup: F,
    faults: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str) -> String {
        self.text(name).unwrap_or_else(|| {
            self.faults.push(format!("{name} is not set"));
            String::new()
        })
    }

    fn secret(&mut self, name: &str) -> Vec<u8> {
        let value = self.required(name);
        if !value.is_empty() && value.len() < MIN_SECRET_BYTES {
            self.faults.push(format!("{name} is shorter than {MIN_SECRET_BYTES} bytes"));
        }
        value.into_bytes()
    }

    fn web_address(&mut self, name: &str) -> String {
        let value = self.required(name);
        let usable = reqwest::Url::parse(&value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !value.is_empty() && !usable {
            self.faults.push(format!("{name} is not an http or https address"));
        }
        value
    }

    fn number(&mut self, name: &str, fallback: i64, lowest: i64, highest: i64) -> i64 {
        let Some(text) = self.text(name) else { return fallback };
        match text.parse() {
            Ok(value) if (lowest..=highest).contains(&value) => value,
            _ => {
                self.faults.push(format!("{name} is not a whole number from {lowest} to {highest}"));
                fallback
            }
        }
    }

    fn seconds(&mut self, name: &str, fallback: i64) -> Duration {
        Duration::from_secs(self.number(name, fallback, 1, 1_000_000_000) as u64)
    }

    fn milliseconds(&mut self, name: &str, fallback: i64) -> Duration {
        Duration::from_millis(self.number(name, fallback, 1, 1_000_000_000) as u64)
    }

    fn level(&mut self, name: &str) -> LevelFilter {
        match self.text(name).as_deref() {
            None | Some("info") => LevelFilter::INFO,
            Some("debug") => LevelFilter::DEBUG,
            Some("warn") => LevelFilter::WARN,
            Some("error") => LevelFilter::ERROR,
            Some(_) => {
                self.faults.push(format!("{name} is not debug, info, warn or error"));
                LevelFilter::INFO
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "ssssssssssssssssssssssssssssssss";

    fn read(changes: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        let complete = [
            ("DATABASE_URL", "postgresql://u@h/d"),
            ("JWT_SECRET", SECRET),
            ("WEBHOOK_URL", "https://hooks.example.org/in"),
            ("WEBHOOK_SECRET", SECRET),
        ];
        let all: std::collections::HashMap<_, _> = complete.iter().chain(changes).copied().collect();
        Settings::read(|name| all.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn what_is_required_is_enough() {
        let settings = read(&[]).unwrap();

        assert_eq!((settings.port, settings.access_ttl), (8080, Duration::from_secs(900)));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (name, value) in [
            ("DATABASE_URL", ""),
            ("JWT_SECRET", "short"),
            ("WEBHOOK_URL", "ftp://x"),
            ("WEBHOOK_SECRET", ""),
            ("PORT", "http"),
            ("ACCESS_TTL_SECONDS", "0"),
            ("OUTBOX_POLL_MS", "-1"),
            ("LOG_LEVEL", "loud"),
        ] {
            let faults = read(&[(name, value)]).unwrap_err();

            assert!(faults.len() == 1 && faults[0].starts_with(&format!("{name} is ")), "{faults:?}");
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        assert_eq!(read(&[("JWT_SECRET", ""), ("WEBHOOK_SECRET", "")]).unwrap_err().len(), 2);
    }
}
