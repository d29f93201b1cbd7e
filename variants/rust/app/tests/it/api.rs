use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::common::TestApp;

// region: test
#[sqlx::test]
async fn a_change_needs_the_version_that_was_read(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = app.person().await;
    let event = app.draft(&owner, 10).await;
    let path = format!("/events/{}", event.text("id"));
    let change = json!({"title": "New"});

    let without = app.send(&owner, "PATCH", &path, change.clone(), &[]).await;
    assert_eq!((without.status.as_u16(), without.code()), (428, "precondition_required"));
    for etag in ["\"2\"", "1", "*"] {
        let refused = app.send(&owner, "PATCH", &path, change.clone(), &[("if-match", etag)]).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (412, "precondition_failed"), "{etag}");
    }
    let read = event.headers["etag"].to_str().unwrap();
    let changed = app.send(&owner, "PATCH", &path, change, &[("if-match", read)]).await;

    assert_eq!((changed.status.as_u16(), changed.text("title").as_str()), (200, "New"));
    assert_eq!(changed.headers["etag"], "\"2\"");
}
// endregion: test

// region: cross-user-test
#[sqlx::test]
async fn nobody_reaches_what_belongs_to_somebody_else(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, booker, stranger) = (&app.person().await, &app.person().await, &app.person().await);
    let nobody = &String::new();
    let draft = format!("/events/{}", app.draft(owner, 10).await.text("id"));
    let event = app.published(owner, 10).await;
    let booking = format!("/bookings/{}", app.book(booker, &event, "k", 1).await.must(201).text("id"));

    for (who, method, path, status) in [
        (stranger, "GET", draft.clone(), 404),
        (stranger, "PATCH", draft.clone(), 404),
        (stranger, "POST", format!("{draft}/publish"), 404),
        (stranger, "POST", format!("{draft}/cancel"), 404),
        (stranger, "GET", format!("{draft}/bookings"), 404),
        (stranger, "PATCH", event.clone(), 403),
        (stranger, "POST", format!("{event}/publish"), 403),
        (stranger, "POST", format!("{event}/cancel"), 403),
        (stranger, "GET", format!("{event}/bookings"), 403),
        (booker, "GET", format!("{event}/bookings"), 403),
        (stranger, "GET", booking.clone(), 404),
        (stranger, "POST", format!("{booking}/cancel"), 404),
        (owner, "POST", format!("{booking}/cancel"), 403),
        (nobody, "GET", draft.clone(), 401),
        (nobody, "GET", booking.clone(), 401),
        (nobody, "POST", format!("{booking}/cancel"), 401),
        // What is one's own stays in reach.
        (owner, "GET", draft.clone(), 200),
        (owner, "GET", booking.clone(), 200),
        (booker, "GET", booking.clone(), 200),
    ] {
        let body = if method == "PATCH" { json!({"title": "Mine"}) } else { Value::Null };
        let answer = app.send(who, method, &path, body, &[("if-match", "\"1\"")]).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    assert!(app.get(stranger, "/bookings").await.items().is_empty());
}
// endregion: cross-user-test

#[sqlx::test]
async fn pages_neither_skip_nor_repeat_while_rows_are_added(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = app.person().await;
    let mut there = Vec::new();
    for _ in 0..5 {
        there.push(app.published(&owner, 1).await);
    }

    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut next = Some("/events?limit=2".to_owned());
    while let Some(path) = next {
        let page = app.get(&owner, &path).await.must(200);
        for item in page.items() {
            *seen.entry(format!("/events/{}", item["id"].as_str().unwrap())).or_default() += 1;
        }
        if seen.len() < 10 {
            app.published(&owner, 1).await;
        }
        next = page.body["next_cursor"].as_str().map(|cursor| format!("/events?limit=2&cursor={cursor}"));
    }

    assert_eq!(there.iter().map(|event| seen.get(event)).collect::<Vec<_>>(), [Some(&1); 5]);
}

#[sqlx::test]
async fn the_same_request_twice_is_one_booking(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, guest) = (app.person().await, app.person().await);
    let event = app.published(&owner, 10).await;

    let first = app.book(&guest, &event, "k", 2).await.must(201);
    let second = app.book(&guest, &event, "k", 2).await.must(201);

    assert_eq!(first.body, second.body);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(app.book(&guest, &event, "k", 3).await.must(422).code(), "idempotency_key_reused");
    assert_eq!(app.get(&guest, &event).await.body["seats_left"], 8);
}

#[sqlx::test]
async fn a_refused_request_leaves_its_key_free(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, guest) = (app.person().await, app.person().await);
    let event = app.published(&owner, 1).await;
    app.book(&guest, &event, "k", 2).await.must(409);
    app.send(&owner, "PATCH", &event, json!({"capacity": 2}), &[("if-match", "\"2\"")]).await.must(200);

    app.book(&guest, &event, "k", 2).await.must(201);
}

#[sqlx::test]
async fn the_last_seats_are_sold_once(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let event = app.published(&app.person().await, 3).await;
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (app, guest, event) = (app.clone(), app.person().await, event.clone());
        racing.spawn(async move { app.book(&guest, &event, "k", 1).await });
    }

    let answers = racing.join_all().await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 3);
    assert_eq!(answers.iter().filter(|answer| answer.code() == "sold_out").count(), 5);
}

#[sqlx::test]
async fn a_spent_refresh_token_ends_its_family(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let login = json!({"email": "r@example.org", "password": "correct horse battery"});
    app.post("", "/accounts", login.clone()).await.must(202);
    let refresh = async |token: String| app.post("", "/auth/refresh", json!({"refresh_token": token})).await;
    let first = app.post("", "/auth/login", login.clone()).await.must(200).text("refresh_token");
    let other = app.post("", "/auth/login", login).await.must(200).text("refresh_token");
    let second = refresh(first.clone()).await.must(200).text("refresh_token");

    refresh(first).await.must(401);

    refresh(second).await.must(401);
    refresh(other).await.must(200);
}

#[sqlx::test]
async fn past_the_limit_the_right_password_is_refused_too(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let login = json!({"email": "l@example.org", "password": "correct horse battery"});
    app.post("", "/accounts", login.clone()).await.must(202);
    for _ in 0..3 {
        app.post("", "/auth/login", json!({"email": " L@example.org", "password": "wrong"})).await.must(401);
    }

    assert!(app.post("", "/auth/login", login).await.must(429).headers.contains_key("retry-after"));
}

#[sqlx::test]
async fn what_is_not_there_is_a_problem_too(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let someone = app.person().await;
    let unknown = "/events/00000000-0000-4000-8000-000000000000";
    for (method, path, status, code) in [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/events/", 404, "not_found"),
        ("GET", "/events/7", 404, "not_found"),
        ("GET", unknown, 404, "not_found"),
        ("DELETE", unknown, 405, "method_not_allowed"),
    ] {
        let answer = app.send(&someone, method, path, Value::Null, &[]).await;

        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{method} {path}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.headers.contains_key("allow"), status == 405);
    }
}
