// region: template-handler
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body::{Body, invalid};
use super::error::ApiError;
use super::extract::{Caller, Id};
use super::page::{Page, PageRequest};
use crate::domain::{Event, EventChange, NewEvent, Position};
use crate::service::Events;
use crate::wire::EventView;

const MAX_TITLE: usize = 120;
const MAX_CAPACITY: i32 = 100_000;
const MAX_PRICE_CENTS: i32 = 10_000_000;
const CURRENCIES: [&str; 3] = ["EUR", "GBP", "USD"];

// region: route
/// Answers POST /events.
pub async fn create(
    State(events): State<Arc<Events>>,
    Caller(owner_id): Caller,
    mut body: Body,
) -> Result<Response, ApiError> {
    let draft = NewEvent {
        owner_id,
        title: body.title("title"),
        starts_at: body.moment("starts_at"),
        capacity: body.integer("capacity", 1, MAX_CAPACITY),
        price_cents: body.integer("price_cents", 0, MAX_PRICE_CENTS),
        currency: body.choice("currency", &CURRENCIES),
    };
    body.done()?;
    let event = events.create(&draft).await?;
    let location = [(header::LOCATION, format!("/events/{}", event.id))];
    Ok((StatusCode::CREATED, location, show(event)).into_response())
}

/// Shows an event with its version, which a change must name.
fn show(event: Event) -> Response {
    let etag = [(header::ETAG, format!("\"{}\"", event.version))];
    (etag, Json(EventView::from(event))).into_response()
}
// endregion: route

pub async fn change(
    State(events): State<Arc<Events>>,
    Caller(caller): Caller,
    Id(id): Id,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    if body.is_empty() {
        return Err(invalid("", "must change something"));
    }
    let change = EventChange {
        title: body.optional("title", Body::title),
        starts_at: body.optional("starts_at", Body::moment),
        capacity: body.optional("capacity", |body, name| body.integer(name, 1, MAX_CAPACITY)),
        price_cents: body.optional("price_cents", |body, name| body.integer(name, 0, MAX_PRICE_CENTS)),
        currency: body.optional("currency", |body, name| body.choice(name, &CURRENCIES)),
    };
    body.done()?;
    let given = headers.get(header::IF_MATCH).ok_or(ApiError::NoVersion)?;
    let version = version_of(given.to_str().unwrap_or_default());
    Ok(show(events.change(caller, id, version, change).await?))
}

/// The version that the caller has read. What is no ETag of ours matches none: versions begin with 1.
fn version_of(etag: &str) -> i32 {
    let digits = etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    digits.parse().ok().filter(|version: &i32| version.to_string() == digits).unwrap_or(0)
}

impl Body {
    fn title(&mut self, name: &str) -> String {
        let title = self.text(name, 1, MAX_TITLE);
        if self.is_sound(name) && title.trim().is_empty() {
            self.fault(name, "must not be blank");
        }
        title
    }
}

pub async fn get(State(events): State<Arc<Events>>, Caller(caller): Caller, Id(id): Id) -> Result<Response, ApiError> {
    Ok(show(events.get(caller, id).await?))
}

pub async fn publish(
    State(events): State<Arc<Events>>,
    Caller(caller): Caller,
    Id(id): Id,
) -> Result<Response, ApiError> {
    Ok(show(events.publish(caller, id).await?))
}

pub async fn cancel(
    State(events): State<Arc<Events>>,
    Caller(caller): Caller,
    Id(id): Id,
) -> Result<Response, ApiError> {
    Ok(show(events.cancel(caller, id).await?))
}

pub async fn list(
    State(events): State<Arc<Events>>,
    Caller(_): Caller,
    page: PageRequest,
) -> Result<Json<Page<EventView>>, ApiError> {
    let rows = events.list(page.after(Position::LOWEST), page.rows()).await?;
    Ok(Json(page.show(rows, |event| Position { at: event.starts_at, id: event.id })))
}
// endregion: template-handler

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn only_an_etag_of_ours_names_a_version() {
        assert_eq!(version_of("\"3\""), 3);
        for etag in ["", "3", "*", "\"\"", "\"03\"", "\"x\"", "W/\"3\"", "\"3\", \"4\"", "\"99999999999\""] {
            assert_eq!(version_of(etag), 0, "{etag}");
        }
    }
}
