package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Message is something that has happened and must be told.
type Message struct {
	ID        uuid.UUID
	Topic     string
	Payload   json.RawMessage
	CreatedAt time.Time
	Attempts  int
}

// region: outbox

// AddMessage writes down what happened, in the transaction in which it happens.
func (q Queries) AddMessage(ctx context.Context, topic string, payload any) error {
	_, err := q.db.Exec(ctx, "INSERT INTO outbox (id, topic, payload) VALUES ($1, $2, $3)", uuid.Must(uuid.NewV7()), topic, payload)
	return err
}

// ClaimMessage takes the oldest message that is due, for the time of the lease. If this process dies, the lease runs out and the
// message is due again. SKIP LOCKED lets other processes take other messages.
func (q Queries) ClaimMessage(ctx context.Context, lease time.Duration) (message Message, found bool, err error) {
	rows, _ := q.db.Query(ctx, `
		UPDATE outbox SET attempts = attempts + 1, available_at = now() + $1
		WHERE id = (
			SELECT id FROM outbox
			WHERE delivered_at IS NULL AND failed_at IS NULL AND available_at <= now()
			ORDER BY available_at LIMIT 1 FOR UPDATE SKIP LOCKED
		) RETURNING id, topic, payload, created_at, attempts`, lease)
	message, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Message])
	if errors.Is(err, pgx.ErrNoRows) {
		return Message{}, false, nil
	}
	return message, err == nil, err
}

// endregion: outbox

// The attempt in the three statements below keeps a process whose lease ran out from undoing the work of the next one.

// MarkDelivered ends a message.
func (q Queries) MarkDelivered(ctx context.Context, m Message) error {
	_, err := q.db.Exec(ctx, "UPDATE outbox SET delivered_at = now(), last_error = NULL WHERE id = $1 AND attempts = $2", m.ID, m.Attempts)
	return err
}

// MarkRetry sets when a message is tried again, and why it has to be.
func (q Queries) MarkRetry(ctx context.Context, m Message, wait time.Duration, reason string) error {
	_, err := q.db.Exec(ctx, `
		UPDATE outbox SET available_at = now() + $3, last_error = $4 WHERE id = $1 AND attempts = $2`, m.ID, m.Attempts, wait, reason)
	return err
}

// MarkFailed gives a message up; the row stays for someone to look at.
func (q Queries) MarkFailed(ctx context.Context, m Message, reason string) error {
	_, err := q.db.Exec(ctx, "UPDATE outbox SET failed_at = now(), last_error = $3 WHERE id = $1 AND attempts = $2", m.ID, m.Attempts, reason)
	return err
}
