async fn f(pool: &Pool, id: &str) {
    sqlx::query("SELECT total FROM orders WHERE id = $1").bind(id).execute(pool).await;
}
