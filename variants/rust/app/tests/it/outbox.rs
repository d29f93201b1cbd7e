use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::prelude::{BASE64_STANDARD, Engine};
use box_office::outbox::{Settings, Worker};
use box_office::store::outbox;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::PgPool;

const SECRET: &[u8] = b"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";

/// Answers with each status in turn, the last one for good, and keeps what it was told.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<(HeaderMap, String)>>>);

impl Receiver {
    async fn start(statuses: &'static [u16]) -> (Self, String) {
        let receiver = Self::default();
        let told = receiver.0.clone();
        let answer = move |headers: HeaderMap, body: String| async move {
            let mut told = told.lock().unwrap();
            told.push((headers, body));
            let status = statuses[told.len().min(statuses.len()) - 1];
            (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")])
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let service = Router::new().fallback(post(answer));
        tokio::spawn(async move { axum::serve(listener, service).await });
        (receiver, url)
    }

    fn told(&self) -> Vec<(HeaderMap, String)> {
        self.0.lock().unwrap().clone()
    }
}

fn worker(pool: &PgPool, url: String, backoff: Duration) -> Worker {
    let settings = Settings {
        url,
        secret: SECRET.to_vec(),
        timeout: Duration::from_secs(1),
        poll: Duration::from_millis(1),
        lease: Duration::from_secs(60),
        backoff,
        max_attempts: 2,
    };
    Worker::new(pool.clone(), settings).unwrap()
}

async fn add(pool: &PgPool) {
    outbox::add(pool, "booking.created", &json!({"seats": 2})).await.unwrap();
}

const SOON: Duration = Duration::from_millis(1);

#[sqlx::test]
async fn a_message_is_delivered_once_and_signed(pool: PgPool) {
    let (receiver, url) = Receiver::start(&[204]).await;
    let worker = worker(&pool, url, SOON);
    add(&pool).await;

    assert!(worker.step().await.unwrap());
    assert!(!worker.step().await.unwrap());

    let told = receiver.told();
    assert_eq!(told.len(), 1);
    let (headers, body) = &told[0];
    let header = |name: &str| headers[name].to_str().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())));
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["id"], &body["type"]), (&json!(header("webhook-id")), &json!("booking.created")));
    assert_eq!(body["data"], json!({"seats": 2}));
}

#[sqlx::test]
async fn anything_but_success_is_tried_again_under_the_same_id(pool: PgPool) {
    for statuses in [&[302, 200], &[400, 200], &[500, 200]] {
        let (receiver, url) = Receiver::start(statuses).await;
        let worker = worker(&pool, url, SOON);
        add(&pool).await;
        worker.step().await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;

        assert!(worker.step().await.unwrap());
        assert!(!worker.step().await.unwrap());

        let ids: Vec<_> = receiver.told().iter().map(|(headers, _)| headers["webhook-id"].clone()).collect();
        assert!(ids.len() == 2 && ids[0] == ids[1], "{statuses:?}: {ids:?}");
    }
}

#[sqlx::test]
async fn after_the_last_attempt_a_message_is_given_up(pool: PgPool) {
    let (receiver, url) = Receiver::start(&[500]).await;
    let worker = worker(&pool, url, SOON);
    add(&pool).await;
    for _ in 0..2 {
        worker.step().await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    assert!(!worker.step().await.unwrap());
    assert_eq!(receiver.told().len(), 2);
}

#[sqlx::test]
async fn a_message_waits_before_it_is_tried_again(pool: PgPool) {
    let (receiver, url) = Receiver::start(&[500]).await;
    let worker = worker(&pool, url, Duration::from_secs(3600));
    add(&pool).await;
    worker.step().await.unwrap();

    assert!(!worker.step().await.unwrap());
    assert_eq!(receiver.told().len(), 1);
}

#[sqlx::test]
async fn a_claimed_message_is_left_alone_until_its_lease_runs_out(pool: PgPool) {
    let (receiver, url) = Receiver::start(&[200]).await;
    let worker = worker(&pool, url, SOON);
    add(&pool).await;
    assert!(outbox::claim(&pool, Duration::from_millis(300)).await.unwrap().is_some());

    assert!(!worker.step().await.unwrap());
    tokio::time::sleep(Duration::from_millis(400)).await;

    assert!(worker.step().await.unwrap());
    assert_eq!(receiver.told().len(), 1);
}
