package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"

	"example.com/boxoffice/telemetry"
)

// observe puts each request in its trace and writes one line about it. The route's template is logged, never the path or a header.
func observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		r = r.WithContext(telemetry.Start(r.Context(), r.Header.Get("Traceparent")))
		seen := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(seen, r)
		slog.InfoContext(r.Context(), "request",
			"http.request.method", r.Method,
			"http.route", chi.RouteContext(r.Context()).RoutePattern(),
			"http.response.status_code", seen.Status(),
			"duration_ms", float64(time.Since(began).Microseconds())/1000)
	})
}

// requestTimeout is less than the server's write timeout, so that whoever still listens is told.
const requestTimeout = 20 * time.Second

// deadline ends what a request waits for: a connection of the pool, a lock, its turn to hash a password.
func deadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// recoverPanics turns a panic into an answer: one broken request is no reason to drop the others.
func recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == http.ErrAbortHandler { // net/http's own way to drop a connection
				panic(cause)
			}
			if cause != nil {
				slog.ErrorContext(r.Context(), "panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
				writeError(w, r, errInternal)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

type callerKey struct{}

// authenticate lets only requests with a valid access token pass.
func (a *API) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			writeError(w, r, errNotSignedIn)
			return
		}
		account, err := a.tokens.Verify(token)
		if err != nil {
			writeError(w, r, errNotSignedIn)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, account)))
	})
}

// caller is who sent a request that authenticate has let pass.
func caller(r *http.Request) uuid.UUID { return r.Context().Value(callerKey{}).(uuid.UUID) }
