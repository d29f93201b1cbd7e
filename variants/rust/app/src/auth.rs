//! What proves who is calling: password hashes, access tokens, refresh tokens.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use jsonwebtoken::{Algorithm as Signature, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::domain::{Error, Result};

const ISSUER: &str = "box-office";
const AUDIENCE: &str = "box-office-api";
/// RFC 9068: no other kind of token passes for an access token.
const ACCESS_TOKEN_TYPE: &str = "at+jwt";
const LEEWAY_SECONDS: u64 = 2;

/// Hashes passwords with Argon2id, off the async threads and only so many at a time: each takes its memory, and a flood
/// of logins must not take it all.
#[derive(Clone)]
pub struct Hasher {
    params: Params,
    slots: Arc<Semaphore>,
    dummy: Arc<str>,
}

/// Whether a password made a hash, and whether the hash is of an older cost.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    pub matches: bool,
    pub outdated: bool,
}

impl Hasher {
    /// Prepares the hasher, and the hash that unknown accounts are checked against.
    pub async fn new(memory_kib: u32, iterations: u32, parallelism: u32, at_a_time: usize) -> Result<Self> {
        let params = Params::new(memory_kib, iterations, parallelism, None).map_err(Error::fault)?;
        let slots = Arc::new(Semaphore::new(at_a_time));
        let mut hasher = Self { params, slots, dummy: "".into() };
        hasher.dummy = hasher.hash(new_refresh_token()).await?.into();
        Ok(hasher)
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: String) -> Result<String> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        self.work(move || Ok(argon2.hash_password(password.as_bytes())?.to_string())).await
    }

    /// Checks a password against the cost and salt that stand in the hash.
    pub async fn verify(&self, password: String, hash: String) -> Result<Verdict> {
        let current = self.params.clone();
        self.work(move || {
            let parsed = PasswordHash::new(&hash)?;
            let used = Params::try_from(&parsed)?;
            let cost = |p: &Params| (p.m_cost(), p.t_cost(), p.p_cost());
            let matches = match Argon2::default().verify_password(password.as_bytes(), &parsed) {
                Ok(()) => true,
                Err(HashError::PasswordInvalid) => false,
                Err(error) => return Err(error),
            };
            Ok(Verdict { matches, outdated: cost(&used) != cost(&current) })
        })
        .await
    }

    /// Takes the time of a check that fails, so that an unknown account answers like a wrong password.
    pub async fn verify_nobody(&self, password: String) -> Result<()> {
        self.verify(password, self.dummy.to_string()).await.map(drop)
    }

    async fn work<T: Send + 'static>(&self, hash: impl FnOnce() -> Result<T, HashError> + Send + 'static) -> Result<T> {
        let _slot = self.slots.acquire().await.map_err(Error::fault)?;
        spawn_blocking(hash).await.map_err(Error::fault)?.map_err(Error::fault)
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    iat: i64,
    exp: i64,
    jti: String,
}

/// Signs and checks the tokens that each request carries.
pub struct AccessTokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
    pub ttl: Duration,
}

impl AccessTokens {
    pub fn new(secret: &[u8], ttl: Duration) -> Self {
        let mut validation = Validation::new(Signature::HS256);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        Self { signing: EncodingKey::from_secret(secret), checking: DecodingKey::from_secret(secret), validation, ttl }
    }

    /// A token for an account.
    pub fn sign(&self, account: Uuid) -> Result<String> {
        let iat = OffsetDateTime::now_utc().unix_timestamp();
        let header = Header { typ: Some(ACCESS_TOKEN_TYPE.into()), ..Header::new(Signature::HS256) };
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: account,
            iat,
            exp: iat + self.ttl.as_secs() as i64,
            jti: Uuid::new_v4().to_string(),
        };
        encode(&header, &claims, &self.signing).map_err(Error::fault)
    }

    /// The account that a token was signed for; None for anything that is not our valid access token.
    pub fn verify(&self, token: &str) -> Option<Uuid> {
        let checked = decode::<Claims>(token, &self.checking, &self.validation).ok()?;
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let from_future = checked.claims.iat > now + LEEWAY_SECONDS as i64;
        let right_type = checked.header.typ.as_deref() == Some(ACCESS_TOKEN_TYPE);
        (right_type && !from_future && !checked.claims.jti.is_empty()).then_some(checked.claims.sub)
    }
}

/// 32 random bytes: they say nothing to whoever reads them.
pub fn new_refresh_token() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a refresh token. A fast hash is enough: 32 random bytes cannot be guessed.
pub fn hash_refresh_token(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SECRET: &[u8] = b"ssssssssssssssssssssssssssssssss";
    const ACCOUNT: Uuid = Uuid::from_u128(1);

    async fn hasher(iterations: u32) -> Hasher {
        Hasher::new(8, iterations, 1, 2).await.unwrap()
    }

    fn tokens() -> AccessTokens {
        AccessTokens::new(SECRET, Duration::from_secs(60))
    }

    fn claims() -> Value {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        json!({"iss": ISSUER, "aud": AUDIENCE, "sub": ACCOUNT, "jti": "1", "iat": now, "exp": now + 60})
    }

    fn signed(algorithm: Signature, kind: &str, secret: &[u8], claims: &Value) -> String {
        let header = Header { typ: Some(kind.into()), ..Header::new(algorithm) };
        encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = hasher(1).await;
        let hash = hasher.hash("correct horse battery".into()).await.unwrap();

        for (password, matches) in [("correct horse battery", true), ("correct horse batterz", false), ("", false)] {
            let verdict = hasher.verify(password.into(), hash.clone()).await.unwrap();
            assert_eq!(verdict, Verdict { matches, outdated: false }, "{password}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_still_matches_and_is_outdated() {
        let hash = hasher(1).await.hash("correct horse battery".into()).await.unwrap();

        let verdict = hasher(2).await.verify("correct horse battery".into(), hash).await.unwrap();

        assert_eq!(verdict, Verdict { matches: true, outdated: true });
    }

    #[tokio::test]
    async fn what_is_no_hash_is_an_error() {
        let hasher = hasher(1).await;
        for hash in ["", "plain", "$argon2id$v=19$m=x$YWJj$YWJj"] {
            assert!(hasher.verify("x".into(), hash.into()).await.is_err(), "{hash}");
        }
    }

    #[test]
    fn a_token_comes_back_as_its_account() {
        assert_eq!(tokens().verify(&tokens().sign(ACCOUNT).unwrap()), Some(ACCOUNT));
    }

    #[test]
    fn a_token_that_lacks_or_bends_anything_is_refused() {
        let good = |claims: &Value| signed(Signature::HS256, ACCESS_TOKEN_TYPE, SECRET, claims);
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            good(&claims)
        };
        let without = |name: &str| {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(name);
            good(&claims)
        };
        let now = OffsetDateTime::now_utc().unix_timestamp();
        assert_eq!(tokens().verify(&good(&claims())), Some(ACCOUNT));
        for token in [
            signed(Signature::HS512, ACCESS_TOKEN_TYPE, SECRET, &claims()),
            signed(Signature::HS256, "JWT", SECRET, &claims()),
            signed(Signature::HS256, ACCESS_TOKEN_TYPE, b"tttttttttttttttttttttttttttttttt", &claims()),
            with("iss", "other".into()),
            with("aud", "other".into()),
            with("sub", "me".into()),
            with("jti", "".into()),
            with("iat", (now + 60).into()),
            with("exp", (now - 10).into()),
            without("iss"),
            without("aud"),
            without("sub"),
            without("iat"),
            without("exp"),
            without("jti"),
            String::new(),
        ] {
            assert_eq!(tokens().verify(&token), None, "{token}");
        }
    }
}
