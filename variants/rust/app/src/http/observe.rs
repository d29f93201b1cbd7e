use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::{Instrument, info};

use super::error::ApiError;
use crate::telemetry;

/// Nothing that is asked takes longer; what does has lost its caller.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Puts each request in its trace and writes one line about it. The route's template is logged, never the path or a header.
pub async fn observe(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let span = telemetry::trace(request.headers().get("traceparent").and_then(|value| value.to_str().ok()));
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    async {
        let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
        let response = answer.unwrap_or_else(|_| ApiError::Unavailable.into_response());
        info!(
            http.request.method = method,
            http.route = route,
            http.response.status_code = response.status().as_u16(),
            duration_ms = began.elapsed().as_secs_f64() * 1000.0,
            "request"
        );
        response
    }
    .instrument(span)
    .await
}
