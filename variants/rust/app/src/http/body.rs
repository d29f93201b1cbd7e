use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::ApiError;
use crate::domain::{FieldError, Refusal};

const MAX_BODY_BYTES: usize = 65_536;

// region: validation
/// The fields of one JSON object, and what is wrong with them. A derived Deserialize would stop at the first fault.
#[derive(Debug, Default)]
pub struct Body {
    fields: Map<String, Value>,
    faults: Vec<FieldError>,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(ApiError::MediaType);
        }
        let bytes = to_bytes(request.into_body(), MAX_BODY_BYTES).await.map_err(|_| ApiError::TooLarge)?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self { fields, faults: Vec::new() }),
            Ok(_) => Err(invalid("", "must be an object")),
            Err(_) => Err(ApiError::Malformed),
        }
    }
}

impl Body {
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether nothing is wrong with a field so far.
    pub fn is_sound(&self, name: &str) -> bool {
        self.faults.iter().all(|fault| fault.pointer != pointer(name))
    }

    pub fn fault(&mut self, name: &str, detail: impl Into<String>) {
        self.faults.push(FieldError { pointer: pointer(name), detail: detail.into() });
    }

    /// Removes a field, so that what remains at the end is unknown.
    fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.fields.remove(name);
        if value.is_none() {
            self.fault(name, "is required");
        }
        value
    }

    pub fn text(&mut self, name: &str, shortest: usize, longest: usize) -> String {
        let text = match self.take(name) {
            None => return String::new(),
            Some(Value::String(text)) => text,
            Some(_) => {
                self.fault(name, "must be a string");
                return String::new();
            }
        };
        if !(shortest..=longest).contains(&text.chars().count()) {
            self.fault(name, format!("must have {shortest} to {longest} characters"));
        } else if text.contains('\0') {
            self.fault(name, "must not contain NUL"); // PostgreSQL cannot store it
        }
        text
    }

    /// Reads a float, since JSON has one kind of number: 2.0 is whole, 2.5 is not.
    pub fn integer(&mut self, name: &str, lowest: i32, highest: i32) -> i32 {
        let Some(value) = self.take(name) else { return 0 };
        match value.as_f64() {
            Some(number) if number.fract() == 0.0 && (f64::from(lowest)..=f64::from(highest)).contains(&number) => {
                number as i32
            }
            _ => {
                self.fault(name, format!("must be a whole number from {lowest} to {highest}"));
                0
            }
        }
    }

    /// Reads RFC 3339 and cuts to what PostgreSQL stores, so that the answer to this request equals later ones.
    pub fn moment(&mut self, name: &str) -> OffsetDateTime {
        let Some(value) = self.take(name) else { return OffsetDateTime::UNIX_EPOCH };
        let text = value.as_str().unwrap_or_default().to_uppercase();
        let Some(moment) = OffsetDateTime::parse(&text, &Rfc3339).ok().and_then(in_microseconds) else {
            self.fault(name, "must be a date and time with an offset");
            return OffsetDateTime::UNIX_EPOCH;
        };
        if !(2000..=2200).contains(&moment.year()) {
            self.fault(name, "must lie in the years 2000 to 2200");
        }
        moment
    }

    pub fn choice(&mut self, name: &str, allowed: &[&str]) -> String {
        let Some(value) = self.take(name) else { return String::new() };
        let text = value.as_str().unwrap_or_default();
        if !allowed.contains(&text) {
            self.fault(name, format!("must be one of {}", allowed.join(", ")));
        }
        text.to_owned()
    }

    /// Reads a field only where it is there, for changes.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(&mut Self, &str) -> T) -> Option<T> {
        self.fields.contains_key(name).then(|| read(self, name))
    }

    /// Tells everything that is wrong, unknown fields included.
    pub fn done(mut self) -> Result<(), ApiError> {
        for name in std::mem::take(&mut self.fields).keys() {
            self.fault(name, "is not known");
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.faults).into()) }
    }
}

pub fn invalid(name: &str, detail: &str) -> ApiError {
    let pointer = if name.is_empty() { String::new() } else { pointer(name) };
    Refusal::Invalid(vec![FieldError { pointer, detail: detail.into() }]).into()
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn in_microseconds(moment: OffsetDateTime) -> Option<OffsetDateTime> {
    let utc = moment.checked_to_offset(time::UtcOffset::UTC)?;
    utc.replace_nanosecond(utc.microsecond() * 1000).ok()
}
// endregion: validation
