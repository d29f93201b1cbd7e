// region: template-service

package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/boxoffice"
	"example.com/boxoffice/postgres"
	"example.com/boxoffice/wire"
)

// Events lets organisers publish what people can book.
type Events struct {
	store *postgres.Store
	now   func() time.Time
}

// NewEvents wires the use cases.
func NewEvents(store *postgres.Store, now func() time.Time) *Events { return &Events{store, now} }

// Create makes a draft.
func (e *Events) Create(ctx context.Context, draft boxoffice.Event) (boxoffice.Event, error) {
	draft.ID = uuid.Must(uuid.NewV7())
	return e.store.AddEvent(ctx, draft)
}

// Get gives an event that the caller may see.
func (e *Events) Get(ctx context.Context, caller, id uuid.UUID) (boxoffice.Event, error) {
	event, err := e.store.EventByID(ctx, id)
	if err != nil {
		return event, err
	}
	return event, event.CheckReadable(caller)
}

// List gives events that can be booked.
func (e *Events) List(ctx context.Context, after boxoffice.Position, limit int) ([]boxoffice.Event, error) {
	return e.store.PublishedEvents(ctx, e.now(), after, limit)
}

// Change changes an event that still has the version which the caller has read.
func (e *Events) Change(ctx context.Context, caller, id uuid.UUID, version int, change boxoffice.EventChange) (boxoffice.Event, error) {
	event, err := e.store.EventByID(ctx, id)
	if err != nil {
		return event, err
	}
	if err := event.CheckOwner(caller); err != nil {
		return event, err
	}
	if event.Version != version {
		return event, boxoffice.Refuse(boxoffice.CodePreconditionFailed, "The event has changed since it was read.")
	}
	changed, err := event.Apply(change)
	if err != nil {
		return event, err
	}
	return e.store.ChangeEvent(ctx, changed)
}

// Publish puts a draft on sale.
func (e *Events) Publish(ctx context.Context, caller, id uuid.UUID) (published boxoffice.Event, err error) {
	err = e.store.InTx(ctx, func(q postgres.Queries) error {
		event, err := lockOwned(ctx, q, caller, id)
		if err != nil {
			return err
		}
		if err := event.CheckPublishable(e.now()); err != nil {
			return err
		}
		event.Status = boxoffice.Published
		published, err = q.ChangeEvent(ctx, event)
		return err
	})
	return published, err
}

// Cancel takes an event off sale for good, and tells so.
func (e *Events) Cancel(ctx context.Context, caller, id uuid.UUID) (cancelled boxoffice.Event, err error) {
	err = e.store.InTx(ctx, func(q postgres.Queries) error {
		event, err := lockOwned(ctx, q, caller, id)
		if err != nil {
			return err
		}
		if err := event.CheckCancellable(); err != nil {
			return err
		}
		event.Status = boxoffice.EventCancelled
		if cancelled, err = q.ChangeEvent(ctx, event); err != nil {
			return err
		}
		return q.AddMessage(ctx, "event.cancelled", wire.FromEvent(cancelled))
	})
	return cancelled, err
}

func lockOwned(ctx context.Context, q postgres.Queries, caller, id uuid.UUID) (boxoffice.Event, error) {
	event, err := q.LockEvent(ctx, id)
	if err != nil {
		return event, err
	}
	return event, event.CheckOwner(caller)
}

// endregion: template-service
