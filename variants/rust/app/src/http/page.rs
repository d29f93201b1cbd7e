use std::collections::HashMap;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::error::ApiError;
use crate::domain::{FieldError, Position, Refusal};

const DEFAULT_SIZE: usize = 20;
const MAX_SIZE: usize = 100;

/// The page that is asked for: its size, and the position that it begins after.
#[derive(Debug, PartialEq)]
pub struct PageRequest {
    limit: usize,
    after: Option<Position>,
}

impl<S: Send + Sync> FromRequestParts<S> for PageRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let asked = Query::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let Query(asked) = asked.map_err(|_| ApiError::Malformed)?;
        Ok(Self::read(&asked)?)
    }
}

impl PageRequest {
    fn read(asked: &HashMap<String, String>) -> Result<Self, Refusal> {
        let mut faults = Vec::new();
        let mut fault = |name: &str, detail: String| faults.push(FieldError { pointer: format!("/{name}"), detail });
        let limit = match asked.get("limit").map(|text| text.parse()) {
            None => DEFAULT_SIZE,
            Some(Ok(limit)) if (1..=MAX_SIZE).contains(&limit) => limit,
            Some(_) => {
                fault("limit", format!("must be a whole number from 1 to {MAX_SIZE}"));
                DEFAULT_SIZE
            }
        };
        let after = asked.get("cursor").and_then(|cursor| {
            decode(cursor).or_else(|| {
                fault("cursor", "must come from an earlier page".into());
                None
            })
        });
        if faults.is_empty() { Ok(Self { limit, after }) } else { Err(Refusal::Invalid(faults)) }
    }

    /// Where to begin, in a list whose first row comes after `start`.
    pub fn after(&self, start: Position) -> Position {
        self.after.unwrap_or(start)
    }

    /// One row more than is shown tells whether others follow.
    pub fn rows(&self) -> i64 {
        self.limit as i64 + 1
    }

    pub fn show<R, V: From<R>>(&self, mut rows: Vec<R>, position: impl Fn(&R) -> Position) -> Page<V> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows.last().filter(|_| more).map(|last| encode(position(last)));
        Page { items: rows.into_iter().map(V::from).collect(), next_cursor }
    }
}

/// One part of a list; `next_cursor` asks for the following part and is null at the end.
#[derive(Serialize)]
pub struct Page<V> {
    items: Vec<V>,
    next_cursor: Option<String>,
}

fn encode(position: Position) -> String {
    let micros = position.at.unix_timestamp_nanos() / 1000;
    BASE64_URL_SAFE_NO_PAD.encode(format!("{micros} {}", position.id))
}

fn decode(cursor: &str) -> Option<Position> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (micros, id) = text.split_once(' ')?;
    let nanos = micros.parse::<i128>().ok()?.checked_mul(1000)?;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
    let possible = Position::LOWEST.at <= at && at <= Position::HIGHEST.at;
    possible.then_some(Position { at, id: Uuid::try_parse(id).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn asked(name: &str, value: &str) -> HashMap<String, String> {
        HashMap::from([(name.into(), value.into())])
    }

    #[test]
    fn a_cursor_comes_back_as_its_position() {
        let position = Position { at: datetime!(2030-01-01 12:00:00.123456 UTC), id: Uuid::now_v7() };

        assert_eq!(decode(&encode(position)), Some(position));
    }

    #[test]
    fn a_broken_page_is_refused() {
        let far = encode(Position { at: datetime!(-9999-01-01 0:00 UTC), id: Uuid::nil() });
        for (name, value) in [
            ("limit", "0"),
            ("limit", "101"),
            ("limit", "x"),
            ("limit", ""),
            ("cursor", ""),
            ("cursor", "!"),
            ("cursor", "MTIz"),
            ("cursor", &far),
        ] {
            assert!(PageRequest::read(&asked(name, value)).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn a_page_has_twenty_rows_unless_asked() {
        assert_eq!(PageRequest::read(&HashMap::new()), Ok(PageRequest { limit: 20, after: None }));
    }
}
