// Package wire is how events and bookings look outside: in answers and in webhooks.
package wire

import (
	"time"

	"github.com/google/uuid"

	"example.com/boxoffice"
)

// Event is an event as everyone sees it.
type Event struct {
	ID         uuid.UUID             `json:"id"`
	OwnerID    uuid.UUID             `json:"owner_id"`
	Title      string                `json:"title"`
	StartsAt   time.Time             `json:"starts_at"`
	Capacity   int                   `json:"capacity"`
	SeatsLeft  int                   `json:"seats_left"`
	PriceCents int                   `json:"price_cents"`
	Currency   string                `json:"currency"`
	Status     boxoffice.EventStatus `json:"status"`
	Version    int                   `json:"version"`
	CreatedAt  time.Time             `json:"created_at"`
}

// FromEvent names what is shown of an event.
func FromEvent(e boxoffice.Event) Event {
	return Event{
		ID: e.ID, OwnerID: e.OwnerID, Title: e.Title, StartsAt: e.StartsAt.UTC(), Capacity: e.Capacity, SeatsLeft: e.SeatsLeft(),
		PriceCents: e.PriceCents, Currency: e.Currency, Status: e.Status, Version: e.Version, CreatedAt: e.CreatedAt.UTC(),
	}
}

// Booking is a booking as its booker sees it.
type Booking struct {
	ID          uuid.UUID               `json:"id"`
	EventID     uuid.UUID               `json:"event_id"`
	Seats       int                     `json:"seats"`
	TotalCents  int64                   `json:"total_cents"`
	Currency    string                  `json:"currency"`
	Status      boxoffice.BookingStatus `json:"status"`
	CreatedAt   time.Time               `json:"created_at"`
	CancelledAt *time.Time              `json:"cancelled_at"`
}

// FromBooking names what is shown of a booking.
func FromBooking(b boxoffice.Booking) Booking {
	shown := Booking{
		ID: b.ID, EventID: b.EventID, Seats: b.Seats, TotalCents: b.TotalCents, Currency: b.Currency,
		Status: b.Status, CreatedAt: b.CreatedAt.UTC(),
	}
	if b.CancelledAt != nil {
		at := b.CancelledAt.UTC()
		shown.CancelledAt = &at
	}
	return shown
}

// Guest is a booking as the organiser sees it.
type Guest struct {
	Booking
	Email string `json:"email"`
}

// FromGuest names what is shown of a guest.
func FromGuest(g boxoffice.Guest) Guest {
	return Guest{Booking: FromBooking(g.Booking), Email: g.Email}
}

// Page is one part of a list; NextCursor asks for the following part and is null at the end.
type Page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}
