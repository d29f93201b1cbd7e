use box_office::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrations = false)]
async fn the_steps_apply_go_back_and_apply_again(pool: PgPool) {
    MIGRATIONS.run(&pool).await.unwrap();

    MIGRATIONS.undo(&pool, 0).await.unwrap();

    let left: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_sqlx\\_migrations%'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(left, 0);
    MIGRATIONS.run(&pool).await.unwrap();
}
