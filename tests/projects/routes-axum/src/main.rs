use axum::{routing::get, Router};
mod notes;

const API: &str = "/api";

async fn main() {
    let app = Router::new().route("/health", get(health)).nest(API, notes::router());
    serve(app).await;
}

async fn health() -> &'static str {
    "ok"
}
