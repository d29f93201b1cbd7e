// region: template-repository

package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/boxoffice"
)

// region: repository

const eventColumns = "id, owner_id, title, starts_at, capacity, seats_booked, price_cents, currency, status, version, created_at"

// AddEvent stores a draft and gives it back as stored.
func (q Queries) AddEvent(ctx context.Context, event boxoffice.Event) (boxoffice.Event, error) {
	return q.event(ctx, `
		INSERT INTO events (id, owner_id, title, starts_at, capacity, price_cents, currency)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING `+eventColumns,
		event.ID, event.OwnerID, event.Title, event.StartsAt, event.Capacity, event.PriceCents, event.Currency)
}

// EventByID finds an event, or not_found.
func (q Queries) EventByID(ctx context.Context, id uuid.UUID) (boxoffice.Event, error) {
	return q.event(ctx, "SELECT "+eventColumns+" FROM events WHERE id = $1", id)
}

// LockEvent finds an event and holds it until the transaction ends, or not_found. Whoever sells or gives back seats locks the
// event first and bookings after it: one order, no deadlock.
func (q Queries) LockEvent(ctx context.Context, id uuid.UUID) (boxoffice.Event, error) {
	return q.event(ctx, "SELECT "+eventColumns+" FROM events WHERE id = $1 FOR NO KEY UPDATE", id)
}

func (q Queries) event(ctx context.Context, sql string, args ...any) (boxoffice.Event, error) {
	rows, _ := q.db.Query(ctx, sql, args...) // its error comes back from the next line
	event, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[boxoffice.Event])
	return event, orNotFound(err, "There is no such event.")
}

// endregion: repository

// region: optimistic-update

// ChangeEvent stores the event if it still has the version that was read; else precondition_failed. Seats may have been booked in
// the meantime: they do not count as a version, so the table's own check is what refuses a capacity below them.
func (q Queries) ChangeEvent(ctx context.Context, event boxoffice.Event) (boxoffice.Event, error) {
	rows, _ := q.db.Query(ctx, `
		UPDATE events
		SET title = $3, starts_at = $4, capacity = $5, price_cents = $6, currency = $7, status = $8, version = version + 1
		WHERE id = $1 AND version = $2 RETURNING `+eventColumns,
		event.ID, event.Version, event.Title, event.StartsAt, event.Capacity, event.PriceCents, event.Currency, event.Status)
	changed, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[boxoffice.Event])
	if errors.Is(err, pgx.ErrNoRows) {
		return changed, boxoffice.Refuse(boxoffice.CodePreconditionFailed, "The event has changed since it was read.")
	}
	if violates(err, "events_seats_booked_check") {
		return changed, boxoffice.Refuse(boxoffice.CodeCapacityBelowBooked, "More seats are booked than that.")
	}
	return changed, err
}

// endregion: optimistic-update

// region: page

// PublishedEvents lists what can still be booked after a position, soonest first. The row comparison is answered by
// events_published_idx, however far the reader has come.
func (q Queries) PublishedEvents(ctx context.Context, now time.Time, after boxoffice.Position, limit int) ([]boxoffice.Event, error) {
	rows, _ := q.db.Query(ctx, `
		SELECT `+eventColumns+` FROM events
		WHERE status = 'published' AND starts_at > $1 AND (starts_at, id) > ($2, $3)
		ORDER BY starts_at, id LIMIT $4`, now, after.At, after.ID, limit)
	return pgx.CollectRows(rows, pgx.RowToStructByName[boxoffice.Event])
}

// endregion: page

// AddSeats counts booked seats, or gives them back when negative. The event must be locked.
func (q Queries) AddSeats(ctx context.Context, event uuid.UUID, seats int) error {
	_, err := q.db.Exec(ctx, "UPDATE events SET seats_booked = seats_booked + $2 WHERE id = $1", event, seats)
	return err
}

// endregion: template-repository
