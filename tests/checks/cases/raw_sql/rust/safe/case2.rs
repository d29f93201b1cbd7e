const COLUMNS: &str = "id, total";
async fn f(pool: &Pool) {
    sqlx::query(&format!("SELECT {} FROM orders", COLUMNS)).execute(pool).await;
}
