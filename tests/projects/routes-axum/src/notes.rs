use axum::{middleware, routing::{get, post}, Router};

pub fn router() -> Router {
    Router::new()
        .route("/notes", get(all).post(create))
        .route_layer(middleware::from_fn(require_auth))
        .route("/notes/{id}", get(one))
}

async fn all() {}
async fn create(body: Json<Note>) {}
async fn one(user: AuthUser) {}

impl FromRequestParts<S> for AuthUser {
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        bearer(parts).map(AuthUser).ok_or(StatusCode::UNAUTHORIZED)
    }
}
