package service

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"example.com/boxoffice"
	"example.com/boxoffice/postgres"
	"example.com/boxoffice/wire"
)

// Bookings sells seats and takes them back.
type Bookings struct {
	store *postgres.Store
	now   func() time.Time
}

// NewBookings wires the use cases.
func NewBookings(store *postgres.Store, now func() time.Time) *Bookings { return &Bookings{store, now} }

// region: idempotent-write

// Book sells seats once, however often the same request arrives. The key, the booking, the count of seats and the message about it
// are one transaction: all of them are there or none. A request that is refused leaves nothing, so its key can be used again.
func (b *Bookings) Book(
	ctx context.Context, request boxoffice.Request, event uuid.UUID, seats int,
) (booking wire.Booking, replayed bool, err error) {
	err = b.store.InTx(ctx, func(q postgres.Queries) error {
		first, err := q.ClaimKey(ctx, request)
		if err != nil {
			return err
		}
		if !first {
			replayed = true
			booking, err = replay(ctx, q, request)
			return err
		}
		if booking, err = b.sell(ctx, q, request.AccountID, event, seats); err != nil {
			return err
		}
		body, err := json.Marshal(booking)
		if err != nil {
			return err
		}
		return q.StoreAnswer(ctx, request, boxoffice.Answer{Status: http.StatusCreated, Body: body})
	})
	return booking, replayed, err
}

func replay(ctx context.Context, q postgres.Queries, request boxoffice.Request) (booking wire.Booking, err error) {
	answer, digest, err := q.StoredAnswer(ctx, request)
	if err != nil {
		return booking, err
	}
	if !bytes.Equal(digest, request.Digest) {
		return booking, boxoffice.Refuse(boxoffice.CodeIdempotencyKeyReused, "The key belongs to another body.")
	}
	return booking, json.Unmarshal(answer.Body, &booking)
}

// endregion: idempotent-write

// sell takes seats from a locked event. Without the lock two requests could both see the last seat.
func (b *Bookings) sell(ctx context.Context, q postgres.Queries, booker, id uuid.UUID, seats int) (wire.Booking, error) {
	event, err := q.LockEvent(ctx, id)
	if err != nil {
		return wire.Booking{}, err
	}
	if err := event.CheckReadable(booker); err != nil {
		return wire.Booking{}, err
	}
	if err := event.CheckOnSale(b.now()); err != nil {
		return wire.Booking{}, err
	}
	booking, err := q.AddBooking(ctx, boxoffice.Booking{
		ID: uuid.Must(uuid.NewV7()), EventID: event.ID, AccountID: booker, Seats: seats,
		TotalCents: int64(seats) * int64(event.PriceCents), Currency: event.Currency,
	})
	if err != nil {
		return wire.Booking{}, err
	}
	if seats > event.SeatsLeft() {
		return wire.Booking{}, boxoffice.Refuse(boxoffice.CodeSoldOut, "There are not that many seats left.")
	}
	if err := q.AddSeats(ctx, event.ID, seats); err != nil {
		return wire.Booking{}, err
	}
	shown := wire.FromBooking(booking)
	return shown, q.AddMessage(ctx, "booking.created", shown)
}

// Get gives a booking to its booker or to the event's owner.
func (b *Bookings) Get(ctx context.Context, caller, id uuid.UUID) (boxoffice.Booking, error) {
	booking, err := b.store.BookingByID(ctx, id)
	if err != nil {
		return booking, err
	}
	event, err := b.store.EventByID(ctx, booking.EventID)
	if err != nil {
		return booking, err
	}
	return booking, booking.CheckReadable(event, caller)
}

// Own gives the caller's own bookings.
func (b *Bookings) Own(ctx context.Context, caller uuid.UUID, after boxoffice.Position, limit int) ([]boxoffice.Booking, error) {
	return b.store.BookingsOf(ctx, caller, after, limit)
}

// Guests gives the bookings of an event to its owner.
func (b *Bookings) Guests(ctx context.Context, caller, event uuid.UUID, after boxoffice.Position, limit int) ([]boxoffice.Guest, error) {
	found, err := b.store.EventByID(ctx, event)
	if err != nil {
		return nil, err
	}
	if err := found.CheckOwner(caller); err != nil {
		return nil, err
	}
	return b.store.GuestsOf(ctx, event, after, limit)
}

// Cancel gives the seats of a booking back.
func (b *Bookings) Cancel(ctx context.Context, caller, id uuid.UUID) (cancelled boxoffice.Booking, err error) {
	err = b.store.InTx(ctx, func(q postgres.Queries) error {
		found, err := q.BookingByID(ctx, id)
		if err != nil {
			return err
		}
		event, err := q.LockEvent(ctx, found.EventID)
		if err != nil {
			return err
		}
		booking, err := q.BookingByID(ctx, id) // again: before the lock was held another request may have cancelled it
		if err != nil {
			return err
		}
		if err := booking.CheckCancellable(event, caller, b.now()); err != nil {
			return err
		}
		if cancelled, err = q.CancelBooking(ctx, id); err != nil {
			return err
		}
		if err := q.AddSeats(ctx, event.ID, -booking.Seats); err != nil {
			return err
		}
		return q.AddMessage(ctx, "booking.cancelled", wire.FromBooking(cancelled))
	})
	return cancelled, err
}
