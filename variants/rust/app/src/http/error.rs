use std::any::Any;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;

use crate::domain::{Error, FieldError, Refusal};

// region: error-map
/// Why a request has no other answer: what the core says, or what only HTTP knows.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error(transparent)]
    Core(#[from] Error),
    #[error("Idempotency-Key is required.")]
    KeyMissing,
    #[error("The body is not valid JSON.")]
    Malformed,
    #[error("The body must be application/json.")]
    MediaType,
    #[error("This method is not allowed here.")]
    Method,
    #[error("There is nothing here.")]
    NoRoute,
    #[error("If-Match must name the version that is changed.")]
    NoVersion,
    #[error("The body is too large.")]
    TooLarge,
    #[error("The service cannot answer now.")]
    Unavailable,
}

// endregion: error-map

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Core(refusal.into())
    }
}

// region: error-map
/// The one table from refusals to HTTP.
fn status_and_code(error: &ApiError) -> (StatusCode, &'static str) {
    use Refusal as R;
    match error {
        ApiError::KeyMissing => (StatusCode::BAD_REQUEST, "idempotency_key_missing"),
        ApiError::Malformed => (StatusCode::BAD_REQUEST, "malformed"),
        ApiError::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
        ApiError::Method => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
        ApiError::NoRoute => (StatusCode::NOT_FOUND, "not_found"),
        ApiError::NoVersion => (StatusCode::PRECONDITION_REQUIRED, "precondition_required"),
        ApiError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large"),
        ApiError::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        ApiError::Core(Error::Fault(_)) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        ApiError::Core(Error::Refused(refusal)) => match refusal {
            R::AlreadyBooked => (StatusCode::CONFLICT, "already_booked"),
            R::CapacityBelowBooked => (StatusCode::CONFLICT, "capacity_below_booked"),
            R::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            R::IdempotencyKeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            R::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            R::InvalidState(_) => (StatusCode::CONFLICT, "invalid_state"),
            R::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            R::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
            R::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            R::SoldOut => (StatusCode::CONFLICT, "sold_out"),
            R::Unauthorized(_) => (StatusCode::UNAUTHORIZED, "unauthorized"),
        },
    }
}

/// The body of every refusal (RFC 9457).
#[derive(Serialize)]
struct Problem {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldError>>,
}

impl IntoResponse for ApiError {
    /// Answers with what the caller may know. A fault is told to the log alone.
    fn into_response(self) -> Response {
        let (status, code) = status_and_code(&self);
        let mut detail = self.to_string();
        let mut extra: Option<(HeaderName, HeaderValue)> = None;
        let mut errors = None;
        match self {
            Self::Core(Error::Fault(cause)) => {
                error!(error = %cause, "request failed");
                detail = "Something went wrong on our side.".into();
            }
            Self::Core(Error::Refused(Refusal::Invalid(fields))) => errors = Some(fields),
            Self::Core(Error::Refused(Refusal::Unauthorized(_))) => {
                extra = Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            Self::Core(Error::Refused(Refusal::RateLimited { retry_after })) => {
                let seconds = retry_after.as_secs_f64().ceil().max(1.0) as u64;
                extra = Some((header::RETRY_AFTER, seconds.into()));
            }
            _ => {}
        }
        let title = status.canonical_reason().unwrap_or_default();
        let problem =
            Problem { r#type: format!("urn:problem:{code}"), title, status: status.as_u16(), code, detail, errors };
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, Json(problem)).into_response();
        response.headers_mut().extend(extra);
        response
    }
}
// endregion: error-map

/// Turns a panic into an answer: one broken request is no reason to drop the others.
pub fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let said = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    ApiError::Core(Error::fault(format!("panic: {}", said.unwrap_or("without a word")))).into_response()
}
