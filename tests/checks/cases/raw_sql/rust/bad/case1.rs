async fn f(pool: &Pool, id: &str) {
    sqlx::query(&format!("SELECT total FROM orders WHERE id = {}", id)).execute(pool).await;
}
