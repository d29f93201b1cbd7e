use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts, Path};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use uuid::Uuid;

use super::error::ApiError;
use crate::auth::AccessTokens;
use crate::domain::{Error, Refusal};

/// Who sends the request, by a valid access token.
pub struct Caller(pub Uuid);

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Arc<AccessTokens>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let account = match given.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => {
                Arc::<AccessTokens>::from_ref(state).verify(token)
            }
            _ => None,
        };
        Ok(Self(account.ok_or(Refusal::Unauthorized("A valid access token is needed."))?))
    }
}

/// The id in the path; what is no UUID in its usual spelling names nothing.
pub struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::NoRoute)?;
        match Uuid::try_parse(&text) {
            Ok(id) if text.len() == id.hyphenated().to_string().len() => Ok(Self(id)),
            _ => Err(ApiError::NoRoute),
        }
    }
}

/// The other end of the connection. X-Forwarded-For is what a caller writes: behind a proxy, let the proxy's own address
/// and a trusted hop decide, in one place, here.
pub struct Peer(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, state).await;
        let ConnectInfo(address) = peer.map_err(|missing| ApiError::Core(Error::fault(missing)))?;
        Ok(Self(address.ip().to_string()))
    }
}
