// A resource from end to end, cut from app/ by tests/variants/cut.py.

// --- error.go:3-47
package boxoffice

import "time"

// Code says what went wrong in the words of the domain; httpapi turns it into a status.
type Code string

const (
	CodeAlreadyBooked         Code = "already_booked"
	CodeCapacityBelowBooked   Code = "capacity_below_booked"
	CodeForbidden             Code = "forbidden"
	CodeIdempotencyKeyMissing Code = "idempotency_key_missing"
	CodeIdempotencyKeyReused  Code = "idempotency_key_reused"
	CodeInvalid               Code = "invalid"
	CodeInvalidState          Code = "invalid_state"
	CodeNotFound              Code = "not_found"
	CodePreconditionFailed    Code = "precondition_failed"
	CodeRateLimited           Code = "rate_limited"
	CodeSoldOut               Code = "sold_out"
	CodeUnauthorized          Code = "unauthorized"
)

// Error is a refusal that the caller may know about. Every other error is a fault and stays inside.
type Error struct {
	Code       Code
	Detail     string
	Fields     []FieldError
	RetryAfter time.Duration
}

// FieldError names one wrong value by its JSON pointer.
type FieldError struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Detail }

// Refuse makes an error for the caller.
func Refuse(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// Invalid refuses a request because of these values.
func Invalid(fields ...FieldError) *Error {
	return &Error{Code: CodeInvalid, Detail: "The request has values that are not allowed.", Fields: fields}
}

// --- event.go:3-124
package boxoffice

import (
	"time"

	"github.com/google/uuid"
)


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

// --- httpapi/events.go:3-173
package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"example.com/boxoffice"
	"example.com/boxoffice/wire"
)

const (
	maxTitle      = 120
	maxCapacity   = 100_000
	maxPriceCents = 10_000_000
)


// createEvent answers POST /events.
func (a *API) createEvent(w http.ResponseWriter, r *http.Request) error {
	draft, err := readNewEvent(w, r)
	if err != nil {
		return err
	}
	draft.OwnerID = caller(r)
	event, err := a.events.Create(r.Context(), draft)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/events/"+event.ID.String())
	return writeEvent(w, http.StatusCreated, event)
}

func readNewEvent(w http.ResponseWriter, r *http.Request) (boxoffice.Event, error) {
	b, err := readBody(w, r)
	if err != nil {
		return boxoffice.Event{}, err
	}
	draft := boxoffice.Event{
		Title:      b.title("title"),
		StartsAt:   b.moment("starts_at"),
		Capacity:   b.capacity("capacity"),
		PriceCents: b.priceCents("price_cents"),
		Currency:   b.currency("currency"),
	}
	return draft, b.done()
}

// writeEvent shows an event with its version, which a change must name.
func writeEvent(w http.ResponseWriter, status int, event boxoffice.Event) error {
	w.Header().Set("ETag", fmt.Sprintf("%q", strconv.Itoa(event.Version)))
	return writeJSON(w, status, wire.FromEvent(event))
}


func (a *API) changeEvent(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "event_id")
	if err != nil {
		return err
	}
	if r.Header.Get("If-Match") == "" {
		return errNoVersion
	}
	change, err := readEventChange(w, r)
	if err != nil {
		return err
	}
	event, err := a.events.Change(r.Context(), caller(r), id, ifMatch(r), change)
	if err != nil {
		return err
	}
	return writeEvent(w, http.StatusOK, event)
}

func readEventChange(w http.ResponseWriter, r *http.Request) (boxoffice.EventChange, error) {
	b, err := readBody(w, r)
	if err != nil {
		return boxoffice.EventChange{}, err
	}
	if len(b.fields) == 0 {
		b.faults = append(b.faults, boxoffice.FieldError{Pointer: "", Detail: "must change something"})
	}
	change := boxoffice.EventChange{
		Title:      optional(b, "title", b.title),
		StartsAt:   optional(b, "starts_at", b.moment),
		Capacity:   optional(b, "capacity", b.capacity),
		PriceCents: optional(b, "price_cents", b.priceCents),
		Currency:   optional(b, "currency", b.currency),
	}
	return change, b.done()
}

// ifMatch gives the version that the caller has read. What is no ETag of ours matches none: versions begin with 1.
func ifMatch(r *http.Request) int {
	text, quoted := strings.CutPrefix(r.Header.Get("If-Match"), `"`)
	text, closed := strings.CutSuffix(text, `"`)
	version, err := strconv.Atoi(text)
	if err != nil || !quoted || !closed || strconv.Itoa(version) != text {
		return 0
	}
	return version
}

func (b *body) title(name string) string {
	title := b.text(name, 1, maxTitle)
	if title != "" && strings.TrimSpace(title) == "" {
		b.fault(name, "must not be blank")
	}
	return title
}

func (b *body) capacity(name string) int   { return b.integer(name, 1, maxCapacity) }
func (b *body) priceCents(name string) int { return b.integer(name, 0, maxPriceCents) }
func (b *body) currency(name string) string {
	return b.choice(name, "EUR", "GBP", "USD")
}

func (a *API) getEvent(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "event_id")
	if err != nil {
		return err
	}
	event, err := a.events.Get(r.Context(), caller(r), id)
	if err != nil {
		return err
	}
	return writeEvent(w, http.StatusOK, event)
}

func (a *API) publishEvent(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "event_id")
	if err != nil {
		return err
	}
	event, err := a.events.Publish(r.Context(), caller(r), id)
	if err != nil {
		return err
	}
	return writeEvent(w, http.StatusOK, event)
}

func (a *API) cancelEvent(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "event_id")
	if err != nil {
		return err
	}
	event, err := a.events.Cancel(r.Context(), caller(r), id)
	if err != nil {
		return err
	}
	return writeEvent(w, http.StatusOK, event)
}

func (a *API) listEvents(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := readPage(r, boxoffice.Lowest)
	if err != nil {
		return err
	}
	events, err := a.events.List(r.Context(), after, limit+1)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, newPage(events, limit, wire.FromEvent, eventPosition))
}

func eventPosition(e boxoffice.Event) boxoffice.Position {
	return boxoffice.Position{At: e.StartsAt, ID: e.ID}
}

// --- service/events.go:3-106
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

// --- postgres/events.go:3-87
package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/boxoffice"
)


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



// PublishedEvents lists what can still be booked after a position, soonest first. The row comparison is answered by
// events_published_idx, however far the reader has come.
func (q Queries) PublishedEvents(ctx context.Context, now time.Time, after boxoffice.Position, limit int) ([]boxoffice.Event, error) {
	rows, _ := q.db.Query(ctx, `
		SELECT `+eventColumns+` FROM events
		WHERE status = 'published' AND starts_at > $1 AND (starts_at, id) > ($2, $3)
		ORDER BY starts_at, id LIMIT $4`, now, after.At, after.ID, limit)
	return pgx.CollectRows(rows, pgx.RowToStructByName[boxoffice.Event])
}


// AddSeats counts booked seats, or gives them back when negative. The event must be locked.
func (q Queries) AddSeats(ctx context.Context, event uuid.UUID, seats int) error {
	_, err := q.db.Exec(ctx, "UPDATE events SET seats_booked = seats_booked + $2 WHERE id = $1", event, seats)
	return err
}
