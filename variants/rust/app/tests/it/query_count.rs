// region: query-count-test
use std::cell::Cell;
use std::sync::Once;

use sqlx::PgPool;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::common::TestApp;

/// Counts the statements that sqlx tells of, for each thread: a test has a thread of its own.
struct Statements;

thread_local! { static ASKED: Cell<usize> = const { Cell::new(0) }; }

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            ASKED.set(ASKED.get() + 1);
        }
    }
}

#[sqlx::test]
async fn a_list_takes_as_many_statements_with_fifty_rows_as_with_one(pool: PgPool) {
    static COUNTING: Once = Once::new();
    COUNTING.call_once(|| tracing_subscriber::registry().with(Statements).init());
    let app = TestApp::new(pool).await;
    let owner = app.person().await;
    let event = app.published(&owner, 100).await;
    let list = async |rows: usize| {
        let before = ASKED.get();
        let page = app.get(&owner, &format!("{event}/bookings?limit=100")).await.must(200);
        assert_eq!(page.items().len(), rows);
        ASKED.get() - before
    };

    app.book(&app.person().await, &event, "k", 1).await.must(201);
    let one = list(1).await;
    for _ in 0..49 {
        app.book(&app.person().await, &event, "k", 1).await.must(201);
    }

    assert!((1..=4).contains(&one), "{one} statements");
    assert_eq!(list(50).await, one);
}
// endregion: query-count-test
