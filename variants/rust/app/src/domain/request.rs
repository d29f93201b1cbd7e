use uuid::Uuid;

/// A write that its sender has named, so that it can be sent again.
#[derive(Debug)]
pub struct Request {
    pub account_id: Uuid,
    pub route: String,
    pub key: String,
    pub digest: Vec<u8>,
}

/// What was said to a request, and to which body.
#[derive(Debug)]
pub struct Answer {
    pub digest: Vec<u8>,
    pub body: serde_json::Value,
}
