// region: template-model

package boxoffice

import (
	"time"

	"github.com/google/uuid"
)

// region: model

// EventStatus moves draft → published → cancelled and nowhere else.
type EventStatus string

const (
	Draft          EventStatus = "draft"
	Published      EventStatus = "published"
	EventCancelled EventStatus = "cancelled"
)

// Event is something that seats are sold for. PriceCents counts minor units of Currency.
type Event struct {
	ID          uuid.UUID
	OwnerID     uuid.UUID
	Title       string
	StartsAt    time.Time
	Capacity    int
	SeatsBooked int
	PriceCents  int
	Currency    string
	Status      EventStatus
	Version     int
	CreatedAt   time.Time
}

// SeatsLeft is what can still be sold.
func (e Event) SeatsLeft() int { return e.Capacity - e.SeatsBooked }

// CheckReadable refuses a draft to everyone but its owner, as if it did not exist.
func (e Event) CheckReadable(account uuid.UUID) error {
	if e.Status == Draft && e.OwnerID != account {
		return Refuse(CodeNotFound, "There is no such event.")
	}
	return nil
}

// CheckOwner refuses everyone but the owner.
func (e Event) CheckOwner(account uuid.UUID) error {
	if err := e.CheckReadable(account); err != nil {
		return err
	}
	if e.OwnerID != account {
		return Refuse(CodeForbidden, "Only the owner of the event may do this.")
	}
	return nil
}

// CheckPublishable says why a draft cannot be published now.
func (e Event) CheckPublishable(now time.Time) error {
	if e.Status != Draft {
		return Refuse(CodeInvalidState, "Only a draft can be published.")
	}
	if !e.StartsAt.After(now) {
		return Refuse(CodeInvalidState, "The event would begin in the past.")
	}
	return nil
}

// CheckCancellable says why an event cannot be cancelled.
func (e Event) CheckCancellable() error {
	if e.Status != Published {
		return Refuse(CodeInvalidState, "Only a published event can be cancelled.")
	}
	return nil
}

// CheckOnSale says why no seat can be sold now.
func (e Event) CheckOnSale(now time.Time) error {
	if e.Status != Published {
		return Refuse(CodeInvalidState, "The event is not on sale.")
	}
	if !e.StartsAt.After(now) {
		return Refuse(CodeInvalidState, "The event has begun.")
	}
	return nil
}

// endregion: model

// EventChange holds what is to be changed; nil stays as it is.
type EventChange struct {
	Title      *string
	StartsAt   *time.Time
	Capacity   *int
	PriceCents *int
	Currency   *string
}

// Apply gives the event with the change made, or says why it cannot be made.
func (e Event) Apply(change EventChange) (Event, error) {
	if e.Status == EventCancelled {
		return Event{}, Refuse(CodeInvalidState, "A cancelled event does not change.")
	}
	after := e
	set(&after.Title, change.Title)
	set(&after.StartsAt, change.StartsAt)
	set(&after.Capacity, change.Capacity)
	set(&after.PriceCents, change.PriceCents)
	set(&after.Currency, change.Currency)
	if e.Status != Draft && (after.PriceCents != e.PriceCents || after.Currency != e.Currency) {
		return Event{}, Refuse(CodeInvalidState, "Price and currency change only in a draft.")
	}
	if after.Capacity < e.SeatsBooked {
		return Event{}, Refuse(CodeCapacityBelowBooked, "More seats are booked than that.")
	}
	return after, nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// endregion: template-model
