package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/boxoffice"
)

const accountColumns = "id, email, password_hash, created_at"

// AddAccount stores a new account; an address that is taken keeps what it has.
func (q Queries) AddAccount(ctx context.Context, id uuid.UUID, email, passwordHash string) error {
	_, err := q.db.Exec(ctx, `
		INSERT INTO accounts (id, email, password_hash) VALUES ($1, $2, $3)
		ON CONFLICT ON CONSTRAINT accounts_email_key DO NOTHING`, id, email, passwordHash)
	return err
}

// AccountByID finds who is signed in, or not_found.
func (q Queries) AccountByID(ctx context.Context, id uuid.UUID) (boxoffice.Account, error) {
	return q.account(ctx, "SELECT "+accountColumns+" FROM accounts WHERE id = $1", id)
}

// AccountByEmail finds who wants to sign in, or not_found.
func (q Queries) AccountByEmail(ctx context.Context, email string) (boxoffice.Account, error) {
	return q.account(ctx, "SELECT "+accountColumns+" FROM accounts WHERE email = $1", email)
}

func (q Queries) account(ctx context.Context, sql string, args ...any) (boxoffice.Account, error) {
	rows, _ := q.db.Query(ctx, sql, args...) // its error comes back from the next line
	account, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[boxoffice.Account])
	return account, orNotFound(err, "There is no such account.")
}

// ReplacePasswordHash renews a hash, unless the password has changed since it was read.
func (q Queries) ReplacePasswordHash(ctx context.Context, id uuid.UUID, old, renewed string) error {
	_, err := q.db.Exec(ctx, "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2", id, old, renewed)
	return err
}

// AddRefreshToken stores a new link of a family.
func (q Queries) AddRefreshToken(ctx context.Context, token boxoffice.RefreshToken) error {
	_, err := q.db.Exec(ctx, `
		INSERT INTO refresh_tokens (id, account_id, family_id, token_hash, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		token.ID, token.AccountID, token.FamilyID, token.Hash, token.ExpiresAt)
	return err
}

// LockRefreshToken finds a token and holds its account until the transaction ends, or not_found. The account is what is
// locked: a lock on the token alone would let a successor that is not committed yet escape the end of its family.
func (q Queries) LockRefreshToken(ctx context.Context, hash []byte) (boxoffice.RefreshToken, error) {
	_, err := q.db.Exec(ctx, `
		SELECT 1 FROM accounts a JOIN refresh_tokens t ON t.account_id = a.id
		WHERE t.token_hash = $1 FOR NO KEY UPDATE OF a`, hash)
	if err != nil {
		return boxoffice.RefreshToken{}, err
	}
	rows, _ := q.db.Query(ctx, `
		SELECT id, account_id, family_id, token_hash AS hash, expires_at, used_at, revoked_at
		FROM refresh_tokens WHERE token_hash = $1`, hash)
	token, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[boxoffice.RefreshToken])
	return token, orNotFound(err, "There is no such token.")
}

// SpendRefreshToken marks a token as used.
func (q Queries) SpendRefreshToken(ctx context.Context, id uuid.UUID, now time.Time) error {
	_, err := q.db.Exec(ctx, "UPDATE refresh_tokens SET used_at = $2 WHERE id = $1", id, now)
	return err
}

// RevokeFamily ends everything that descends from one login.
func (q Queries) RevokeFamily(ctx context.Context, family uuid.UUID, now time.Time) error {
	_, err := q.db.Exec(ctx, `
		UPDATE refresh_tokens SET revoked_at = $2 WHERE family_id = $1 AND revoked_at IS NULL`, family, now)
	return err
}
