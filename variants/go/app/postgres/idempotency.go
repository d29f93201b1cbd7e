package postgres

import (
	"context"

	"example.com/boxoffice"
)

// ClaimKey tells whether this request is the first of its key. The primary key makes a second one wait here until the first has
// committed or rolled back.
func (q Queries) ClaimKey(ctx context.Context, r boxoffice.Request) (first bool, err error) {
	tag, err := q.db.Exec(ctx, `
		INSERT INTO idempotency_keys (account_id, route, key, request_digest, response_status, response_body)
		VALUES ($1, $2, $3, $4, 0, 'null')
		ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING`, r.AccountID, r.Route, r.Key, r.Digest)
	return tag.RowsAffected() == 1, err
}

// StoredAnswer gives what was answered to the first request, and the digest of its body.
func (q Queries) StoredAnswer(ctx context.Context, r boxoffice.Request) (answer boxoffice.Answer, digest []byte, err error) {
	err = q.db.QueryRow(ctx, `
		SELECT response_status, response_body, request_digest FROM idempotency_keys
		WHERE account_id = $1 AND route = $2 AND key = $3`, r.AccountID, r.Route, r.Key,
	).Scan(&answer.Status, &answer.Body, &digest)
	return answer, digest, err
}

// StoreAnswer keeps the answer beside the key, in the transaction of the effect.
func (q Queries) StoreAnswer(ctx context.Context, r boxoffice.Request, answer boxoffice.Answer) error {
	_, err := q.db.Exec(ctx, `
		UPDATE idempotency_keys SET response_status = $4, response_body = $5
		WHERE account_id = $1 AND route = $2 AND key = $3`, r.AccountID, r.Route, r.Key, answer.Status, answer.Body)
	return err
}
