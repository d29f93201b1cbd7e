package boxoffice

import (
	"time"

	"github.com/google/uuid"
)

// BookingStatus moves booked → cancelled.
type BookingStatus string

const (
	Booked           BookingStatus = "booked"
	BookingCancelled BookingStatus = "cancelled"
)

// Booking is a number of seats that an account holds or held. TotalCents is fixed when it is made.
type Booking struct {
	ID          uuid.UUID
	EventID     uuid.UUID
	AccountID   uuid.UUID
	Seats       int
	TotalCents  int64
	Currency    string
	Status      BookingStatus
	CreatedAt   time.Time
	CancelledAt *time.Time
}

// Guest is a booking as the organiser sees it.
type Guest struct {
	Booking
	Email string
}

// CheckReadable lets the booker and the event's owner see the booking; for anyone else it does not exist.
func (b Booking) CheckReadable(event Event, account uuid.UUID) error {
	if b.AccountID != account && event.OwnerID != account {
		return Refuse(CodeNotFound, "There is no such booking.")
	}
	return nil
}

// CheckCancellable lets only the booker cancel, once, before the event begins.
func (b Booking) CheckCancellable(event Event, account uuid.UUID, now time.Time) error {
	if err := b.CheckReadable(event, account); err != nil {
		return err
	}
	if b.AccountID != account {
		return Refuse(CodeForbidden, "Only the booker may cancel.")
	}
	if b.Status != Booked {
		return Refuse(CodeInvalidState, "The booking is cancelled already.")
	}
	if !event.StartsAt.After(now) {
		return Refuse(CodeInvalidState, "The event has begun.")
	}
	return nil
}
