// region: template-handler

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

// region: route

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

// endregion: route

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

// endregion: template-handler
