package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const (
	issuer          = "box-office"
	audience        = "box-office-api"
	accessTokenType = "at+jwt" // RFC 9068: no other kind of token passes for an access token
	refreshBytes    = 32
	leeway          = 2 * time.Second
)

// AccessTokens signs and checks the tokens that each request carries.
type AccessTokens struct {
	secret []byte
	ttl    time.Duration
	now    func() time.Time
	parser *jwt.Parser
}

// NewAccessTokens prepares for one secret and one lifetime.
func NewAccessTokens(secret []byte, ttl time.Duration, now func() time.Time) *AccessTokens {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(now),
	)
	return &AccessTokens{secret, ttl, now, parser}
}

// TTL is how long a token lives.
func (t *AccessTokens) TTL() time.Duration { return t.ttl }

// Sign makes a token for an account.
func (t *AccessTokens) Sign(account uuid.UUID) (string, error) {
	now := t.now()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: account.String(), ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(t.ttl)),
	})
	token.Header["typ"] = accessTokenType
	return token.SignedString(t.secret)
}

// Verify gives the account that a token was signed for.
func (t *AccessTokens) Verify(signed string) (uuid.UUID, error) {
	var claims jwt.RegisteredClaims
	token, err := t.parser.ParseWithClaims(signed, &claims, func(*jwt.Token) (any, error) { return t.secret, nil })
	if err != nil {
		return uuid.Nil, err
	}
	if token.Header["typ"] != accessTokenType {
		return uuid.Nil, errors.New("not an access token")
	}
	if claims.IssuedAt == nil || claims.ID == "" {
		return uuid.Nil, errors.New("iat or jti is missing")
	}
	return uuid.Parse(claims.Subject)
}

// NewRefreshToken makes a token that says nothing to whoever reads it.
func NewRefreshToken() string { return base64.RawURLEncoding.EncodeToString(random(refreshBytes)) }

// HashRefreshToken is what is stored of it. A fast hash is enough: 32 random bytes cannot be guessed.
func HashRefreshToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
