// Package service holds the use cases. It opens the transactions and decides who may do what.
package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"example.com/boxoffice"
	"example.com/boxoffice/auth"
	"example.com/boxoffice/postgres"
)

// Limiter counts attempts. Its counters are shared by all processes of the service.
type Limiter interface {
	Hit(ctx context.Context, bucket string, window time.Duration) (hits int, ends time.Duration, err error)
}

// Limits say how many attempts one account and one client address have within a window.
type Limits struct {
	PerAccount int
	PerAddress int
	Window     time.Duration
}

// region: injection

// Accounts registers people and signs them in. What it needs is handed in; main.go is the one place that builds it.
type Accounts struct {
	store   *postgres.Store
	limiter Limiter
	limits  Limits
	hasher  *auth.Hasher
	tokens  *auth.AccessTokens
	ttl     time.Duration
	now     func() time.Time
}

// NewAccounts wires the use cases. A test hands in a cheap hasher, a clock of its own or a limiter in memory.
func NewAccounts(
	store *postgres.Store, limiter Limiter, limits Limits, hasher *auth.Hasher, tokens *auth.AccessTokens,
	refreshTTL time.Duration, now func() time.Time,
) *Accounts {
	return &Accounts{store, limiter, limits, hasher, tokens, refreshTTL, now}
}

// endregion: injection

// Tokens is what a login gives.
type Tokens struct {
	Access    string
	Refresh   string
	ExpiresIn time.Duration
}

var (
	errCredentials = boxoffice.Refuse(boxoffice.CodeUnauthorized, "The address or the password is wrong.")
	errToken       = boxoffice.Refuse(boxoffice.CodeUnauthorized, "The token is not valid.")
)

// Register makes an account. Neither the answer nor its time tells whether the address was taken.
func (a *Accounts) Register(ctx context.Context, email, password, clientAddress string) error {
	if err := a.limit(ctx, "register-address", clientAddress, a.limits.PerAddress); err != nil {
		return err
	}
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.AddAccount(ctx, uuid.Must(uuid.NewV7()), boxoffice.NormalizeEmail(email), hash)
}

// Account gives who is signed in.
func (a *Accounts) Account(ctx context.Context, id uuid.UUID) (boxoffice.Account, error) {
	account, err := a.store.AccountByID(ctx, id)
	if isCode(err, boxoffice.CodeNotFound) {
		return account, errToken
	}
	return account, err
}

// Login gives tokens for the right password.
func (a *Accounts) Login(ctx context.Context, email, password, clientAddress string) (Tokens, error) {
	email = boxoffice.NormalizeEmail(email)
	if err := a.limitLogin(ctx, email, clientAddress); err != nil {
		return Tokens{}, err
	}
	account, err := a.store.AccountByEmail(ctx, email)
	if isCode(err, boxoffice.CodeNotFound) {
		if err := a.hasher.VerifyNobody(ctx, password); err != nil {
			return Tokens{}, err
		}
		return Tokens{}, errCredentials
	}
	if err != nil {
		return Tokens{}, err
	}
	matches, outdated, err := a.hasher.Verify(ctx, password, account.PasswordHash)
	if err != nil {
		return Tokens{}, err
	}
	if !matches {
		slog.WarnContext(ctx, "login refused", "account_id", account.ID)
		return Tokens{}, errCredentials
	}
	if outdated {
		if err := a.renewHash(ctx, account, password); err != nil {
			return Tokens{}, err
		}
	}
	// The first token's id names the family.
	first := uuid.Must(uuid.NewV7())
	return a.issue(ctx, a.store.Queries, boxoffice.RefreshToken{ID: first, FamilyID: first, AccountID: account.ID})
}

// region: rate-limit

// limitLogin counts by client address before it counts by account, so that one address cannot lock many accounts out.
func (a *Accounts) limitLogin(ctx context.Context, email, clientAddress string) error {
	if err := a.limit(ctx, "login-address", clientAddress, a.limits.PerAddress); err != nil {
		return err
	}
	return a.limit(ctx, "login-account", email, a.limits.PerAccount)
}

func (a *Accounts) limit(ctx context.Context, kind, who string, limit int) error {
	sum := sha256.Sum256([]byte(who))
	hits, ends, err := a.limiter.Hit(ctx, kind+":"+hex.EncodeToString(sum[:]), a.limits.Window)
	if err != nil {
		return err
	}
	if hits > limit {
		slog.WarnContext(ctx, "attempts limited", "kind", kind)
		return &boxoffice.Error{Code: boxoffice.CodeRateLimited, Detail: "Too many attempts.", RetryAfter: ends}
	}
	return nil
}

// endregion: rate-limit

func (a *Accounts) renewHash(ctx context.Context, account boxoffice.Account, password string) error {
	renewed, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.ReplacePasswordHash(ctx, account.ID, account.PasswordHash, renewed)
}

// issue stores the next refresh token of a family and signs an access token beside it.
func (a *Accounts) issue(ctx context.Context, q postgres.Queries, next boxoffice.RefreshToken) (Tokens, error) {
	refresh := auth.NewRefreshToken()
	next.Hash = auth.HashRefreshToken(refresh)
	next.ExpiresAt = a.now().Add(a.ttl)
	if err := q.AddRefreshToken(ctx, next); err != nil {
		return Tokens{}, err
	}
	access, err := a.tokens.Sign(next.AccountID)
	return Tokens{Access: access, Refresh: refresh, ExpiresIn: a.tokens.TTL()}, err
}

// Refresh spends a token and gives the next. A token that was spent before has been copied: its whole family ends.
func (a *Accounts) Refresh(ctx context.Context, refresh string) (tokens Tokens, err error) {
	copied := false
	err = a.store.InTx(ctx, func(q postgres.Queries) error {
		token, err := q.LockRefreshToken(ctx, auth.HashRefreshToken(refresh))
		if isCode(err, boxoffice.CodeNotFound) {
			return errToken
		}
		if err != nil {
			return err
		}
		if token.Spent() {
			copied = true // and commit: the refusal must not undo the end of the family
			return q.RevokeFamily(ctx, token.FamilyID, a.now())
		}
		if !token.Alive(a.now()) {
			return errToken
		}
		if err := q.SpendRefreshToken(ctx, token.ID, a.now()); err != nil {
			return err
		}
		next := boxoffice.RefreshToken{ID: uuid.Must(uuid.NewV7()), FamilyID: token.FamilyID, AccountID: token.AccountID}
		tokens, err = a.issue(ctx, q, next)
		return err
	})
	if err == nil && copied {
		slog.WarnContext(ctx, "spent refresh token presented again: its family is revoked")
		return Tokens{}, errToken
	}
	return tokens, err
}

// Logout ends the family of a token. A token that nobody knows is no error: the caller is out either way.
func (a *Accounts) Logout(ctx context.Context, refresh string) error {
	return a.store.InTx(ctx, func(q postgres.Queries) error {
		token, err := q.LockRefreshToken(ctx, auth.HashRefreshToken(refresh))
		if isCode(err, boxoffice.CodeNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return q.RevokeFamily(ctx, token.FamilyID, a.now())
	})
}

func isCode(err error, code boxoffice.Code) bool {
	var refusal *boxoffice.Error
	return errors.As(err, &refusal) && refusal.Code == code
}
