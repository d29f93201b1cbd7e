use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::ApiError;
use crate::domain::{FieldError, Refusal};

const MAX_BODY_BYTES: usize = 65_536;

/// Who is turned away before the body was read loses the connection, since the server does not read it to the end. The answer says so:
/// a client that is not told sends its next request into a connection that is being closed.
pub async fn say_that_it_closes(request: Request, next: Next) -> Response {
    let carries_a_body = !axum::body::HttpBody::is_end_stream(request.body());
    let mut response = next.run(request).await;
    if carries_a_body && response.status().is_client_error() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

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
// endregion: validation

impl Body {
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(kind: &str, text: impl Into<axum::body::Body>) -> Result<Body, ApiError> {
        let request = Request::builder().header(CONTENT_TYPE, kind).body(text.into()).unwrap();
        Body::from_request(request, &()).await
    }

    fn body(text: &str) -> Body {
        Body { fields: serde_json::from_str(text).unwrap(), faults: Vec::new() }
    }

    fn pointers(error: ApiError) -> Vec<String> {
        match error {
            ApiError::Core(crate::domain::Error::Refused(Refusal::Invalid(faults))) => {
                faults.into_iter().map(|fault| fault.pointer).collect()
            }
            other => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn a_body_that_is_no_json_object_is_refused() {
        assert!(open("application/json; charset=utf-8", "{}").await.is_ok());
        for kind in ["text/plain", "", "application/jsonx"] {
            assert!(matches!(open(kind, "{}").await, Err(ApiError::MediaType)), "{kind}");
        }
        for text in ["", "{\"a\":", "{} {}", "{\"a\":\"\\ud800\"}"] {
            assert!(matches!(open("application/json", text).await, Err(ApiError::Malformed)), "{text}");
        }
        assert!(matches!(open("application/json", &b"{\"a\":\"\xff\"}"[..]).await, Err(ApiError::Malformed)));
        assert!(matches!(open("application/json", "x".repeat(MAX_BODY_BYTES + 1)).await, Err(ApiError::TooLarge)));
        for text in ["[]", "null", "1"] {
            assert_eq!(pointers(open("application/json", text).await.unwrap_err()), [""], "{text}");
        }
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut body = body(r#"{"title": null, "starts_at": "tomorrow", "capacity": 2.5, "Seats": 1, "extra/~": 1}"#);
        body.text("title", 1, 120);
        body.moment("starts_at");
        body.integer("capacity", 1, 10);
        body.choice("currency", &["EUR"]);

        let expected = ["/title", "/starts_at", "/capacity", "/currency", "/Seats", "/extra~1~0"];
        assert_eq!(pointers(body.done().unwrap_err()), expected);
    }

    #[test]
    fn lengths_count_characters() {
        for (text, valid) in
            [("ü".repeat(120), true), ("ü".repeat(121), false), ("".into(), false), ("a\\u0000b".into(), false)]
        {
            let mut body = body(&format!(r#"{{"title": "{text}"}}"#));
            body.text("title", 1, 120);

            assert_eq!(body.done().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn a_moment_has_an_offset_and_is_cut_to_microseconds() {
        use time::macros::datetime;
        for (text, expected) in [
            ("2030-01-01T12:00:00.1234567+02:00", datetime!(2030-01-01 10:00:00.123456 UTC)),
            ("2030-01-01t10:00:00z", datetime!(2030-01-01 10:00 UTC)),
        ] {
            let mut body = body(&format!(r#"{{"at": "{text}"}}"#));

            assert_eq!(body.moment("at"), expected);
            assert!(body.done().is_ok());
        }
        for text in [
            "2030-01-01T10:00:00",
            "2030-01-01",
            "2030-02-30T10:00:00Z",
            "1999-12-31T23:59:59Z",
            "2201-01-01T00:00:00Z",
        ] {
            let mut body = body(&format!(r#"{{"at": "{text}"}}"#));
            body.moment("at");

            assert_eq!(pointers(body.done().unwrap_err()), ["/at"], "{text}");
        }
    }
}
