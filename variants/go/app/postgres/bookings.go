package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/boxoffice"
)

const bookingColumns = "id, event_id, account_id, seats, total_cents, currency, status, created_at, cancelled_at"

// AddBooking stores a booking and gives it back as stored; already_booked if the account holds one for the event.
func (q Queries) AddBooking(ctx context.Context, booking boxoffice.Booking) (boxoffice.Booking, error) {
	stored, err := q.booking(ctx, `
		INSERT INTO bookings (id, event_id, account_id, seats, total_cents, currency)
		VALUES ($1, $2, $3, $4, $5, $6) RETURNING `+bookingColumns,
		booking.ID, booking.EventID, booking.AccountID, booking.Seats, booking.TotalCents, booking.Currency)
	if violates(err, "bookings_active_key") {
		return stored, boxoffice.Refuse(boxoffice.CodeAlreadyBooked, "You have a booking for this event.")
	}
	return stored, err
}

// BookingByID finds a booking, or not_found.
func (q Queries) BookingByID(ctx context.Context, id uuid.UUID) (boxoffice.Booking, error) {
	return q.booking(ctx, "SELECT "+bookingColumns+" FROM bookings WHERE id = $1", id)
}

// CancelBooking marks a booking as cancelled. Its event must be locked.
func (q Queries) CancelBooking(ctx context.Context, id uuid.UUID) (boxoffice.Booking, error) {
	return q.booking(ctx, `
		UPDATE bookings SET status = 'cancelled', cancelled_at = now() WHERE id = $1 RETURNING `+bookingColumns, id)
}

func (q Queries) booking(ctx context.Context, sql string, args ...any) (boxoffice.Booking, error) {
	rows, _ := q.db.Query(ctx, sql, args...) // its error comes back from the next line
	booking, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[boxoffice.Booking])
	return booking, orNotFound(err, "There is no such booking.")
}

// BookingsOf lists an account's own bookings after a position, newest first.
func (q Queries) BookingsOf(ctx context.Context, account uuid.UUID, after boxoffice.Position, limit int) ([]boxoffice.Booking, error) {
	rows, _ := q.db.Query(ctx, `
		SELECT `+bookingColumns+` FROM bookings
		WHERE account_id = $1 AND (created_at, id) < ($2, $3)
		ORDER BY created_at DESC, id DESC LIMIT $4`, account, after.At, after.ID, limit)
	return pgx.CollectRows(rows, pgx.RowToStructByName[boxoffice.Booking])
}

// GuestsOf lists an event's bookings after a position, newest first, each with its booker's address: one statement for the page.
func (q Queries) GuestsOf(ctx context.Context, event uuid.UUID, after boxoffice.Position, limit int) ([]boxoffice.Guest, error) {
	rows, _ := q.db.Query(ctx, `
		SELECT b.id, b.event_id, b.account_id, b.seats, b.total_cents, b.currency, b.status, b.created_at, b.cancelled_at, a.email
		FROM bookings b JOIN accounts a ON a.id = b.account_id
		WHERE b.event_id = $1 AND (b.created_at, b.id) < ($2, $3)
		ORDER BY b.created_at DESC, b.id DESC LIMIT $4`, event, after.At, after.ID, limit)
	return pgx.CollectRows(rows, pgx.RowToStructByName[boxoffice.Guest])
}
