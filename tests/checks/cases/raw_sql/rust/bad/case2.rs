async fn f(pool: &Pool, id: &str) {
    let q = format!("DELETE FROM orders WHERE id = {id}");
    sqlx::query(&q).execute(pool).await;
}
