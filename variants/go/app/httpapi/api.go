// Package httpapi turns requests into calls of the service, and results and errors into answers.
package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"example.com/boxoffice/auth"
	"example.com/boxoffice/service"
)

const readyTimeout = 2 * time.Second

// API answers over HTTP.
type API struct {
	accounts *service.Accounts
	events   *service.Events
	bookings *service.Bookings
	tokens   *auth.AccessTokens
	ping     func(context.Context) error
	stopping atomic.Bool
}

// New wires the handlers.
func New(
	accounts *service.Accounts, events *service.Events, bookings *service.Bookings, tokens *auth.AccessTokens,
	ping func(context.Context) error,
) *API {
	return &API{accounts: accounts, events: events, bookings: bookings, tokens: tokens, ping: ping}
}

// Stop makes the readiness probe fail.
func (a *API) Stop() { a.stopping.Store(true) }

// Routes is the list of everything that can be asked.
func (a *API) Routes() http.Handler {
	r := chi.NewRouter()
	r.Use(observe, recoverPanics, deadline)
	r.NotFound(handle(func(http.ResponseWriter, *http.Request) error { return errNoRoute }))
	r.MethodNotAllowed(handle(func(w http.ResponseWriter, req *http.Request) error {
		w.Header().Set("Allow", strings.Join(allowed(r, req.URL.Path), ", "))
		return errMethod
	}))

	r.Get("/health/live", handle(a.live))
	r.Get("/health/ready", handle(a.ready))
	r.Post("/accounts", handle(a.register))
	r.Post("/auth/login", handle(a.login))
	r.Post("/auth/refresh", handle(a.refresh))
	r.Post("/auth/logout", handle(a.logout))

	r.Group(func(r chi.Router) {
		r.Use(a.authenticate)
		r.Get("/me", handle(a.me))
		r.Get("/events", handle(a.listEvents))
		r.Post("/events", handle(a.createEvent))
		r.Get("/events/{event_id}", handle(a.getEvent))
		r.Patch("/events/{event_id}", handle(a.changeEvent))
		r.Post("/events/{event_id}/publish", handle(a.publishEvent))
		r.Post("/events/{event_id}/cancel", handle(a.cancelEvent))
		r.Get("/events/{event_id}/bookings", handle(a.listGuests))
		r.Post("/events/{event_id}/bookings", handle(a.book))
		r.Get("/bookings", handle(a.listBookings))
		r.Get("/bookings/{booking_id}", handle(a.getBooking))
		r.Post("/bookings/{booking_id}/cancel", handle(a.cancelBooking))
	})
	return r
}

// handle lets a handler return its error; writeError is the one place that answers it.
func handle(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			writeError(w, r, err)
		}
	}
}

// allowed lists the methods that a path has.
func allowed(routes chi.Routes, path string) (methods []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch} {
		if routes.Match(chi.NewRouteContext(), method, path) {
			methods = append(methods, method)
		}
	}
	return methods
}

func (a *API) live(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (a *API) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if a.stopping.Load() || a.ping(ctx) != nil {
		return errNotAvailable
	}
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only when the caller has gone
	return nil
}

// pathID reads an id of the path; what is no UUID in its usual spelling names nothing.
func pathID(r *http.Request, name string) (uuid.UUID, error) {
	text := r.PathValue(name)
	id, err := uuid.Parse(text)
	if err != nil || len(text) != len(id.String()) {
		return uuid.Nil, errNoRoute
	}
	return id, nil
}
