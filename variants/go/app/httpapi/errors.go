package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"example.com/boxoffice"
)

// region: error-map

// Codes that only HTTP has.
const (
	codeInternal             boxoffice.Code = "internal"
	codeMalformed            boxoffice.Code = "malformed"
	codeMethodNotAllowed     boxoffice.Code = "method_not_allowed"
	codePayloadTooLarge      boxoffice.Code = "payload_too_large"
	codePreconditionRequired boxoffice.Code = "precondition_required"
	codeUnavailable          boxoffice.Code = "unavailable"
	codeUnsupportedMediaType boxoffice.Code = "unsupported_media_type"
)

var statuses = map[boxoffice.Code]int{
	codeInternal:                        http.StatusInternalServerError,
	codeMalformed:                       http.StatusBadRequest,
	codeMethodNotAllowed:                http.StatusMethodNotAllowed,
	codePayloadTooLarge:                 http.StatusRequestEntityTooLarge,
	codePreconditionRequired:            http.StatusPreconditionRequired,
	codeUnavailable:                     http.StatusServiceUnavailable,
	codeUnsupportedMediaType:            http.StatusUnsupportedMediaType,
	boxoffice.CodeAlreadyBooked:         http.StatusConflict,
	boxoffice.CodeCapacityBelowBooked:   http.StatusConflict,
	boxoffice.CodeForbidden:             http.StatusForbidden,
	boxoffice.CodeIdempotencyKeyMissing: http.StatusBadRequest,
	boxoffice.CodeIdempotencyKeyReused:  http.StatusUnprocessableEntity,
	boxoffice.CodeInvalid:               http.StatusUnprocessableEntity,
	boxoffice.CodeInvalidState:          http.StatusConflict,
	boxoffice.CodeNotFound:              http.StatusNotFound,
	boxoffice.CodePreconditionFailed:    http.StatusPreconditionFailed,
	boxoffice.CodeRateLimited:           http.StatusTooManyRequests,
	boxoffice.CodeSoldOut:               http.StatusConflict,
	boxoffice.CodeUnauthorized:          http.StatusUnauthorized,
}

var (
	errInternal     = boxoffice.Refuse(codeInternal, "Something went wrong on our side.")
	errMalformed    = boxoffice.Refuse(codeMalformed, "The body is not valid JSON.")
	errMediaType    = boxoffice.Refuse(codeUnsupportedMediaType, "The body must be application/json.")
	errTooLarge     = boxoffice.Refuse(codePayloadTooLarge, "The body is too large.")
	errNoRoute      = boxoffice.Refuse(boxoffice.CodeNotFound, "There is nothing here.")
	errMethod       = boxoffice.Refuse(codeMethodNotAllowed, "This method is not allowed here.")
	errNotSignedIn  = boxoffice.Refuse(boxoffice.CodeUnauthorized, "A valid access token is needed.")
	errNoVersion    = boxoffice.Refuse(codePreconditionRequired, "If-Match must name the version that is changed.")
	errKeyMissing   = boxoffice.Refuse(boxoffice.CodeIdempotencyKeyMissing, "Idempotency-Key is required.")
	errNotAvailable = boxoffice.Refuse(codeUnavailable, "The service cannot answer now.")
)

// problem is the body of every refusal (RFC 9457).
type problem struct {
	Type   string                 `json:"type"`
	Title  string                 `json:"title"`
	Status int                    `json:"status"`
	Code   boxoffice.Code         `json:"code"`
	Detail string                 `json:"detail"`
	Errors []boxoffice.FieldError `json:"errors,omitempty"`
}

// writeError answers with what the caller may know. A fault is told to the log alone.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *boxoffice.Error
	if !errors.As(err, &refusal) {
		slog.ErrorContext(r.Context(), "request failed", "error", err)
		refusal = errInternal
		if errors.Is(err, context.DeadlineExceeded) {
			refusal = errNotAvailable
		}
	}
	status := statuses[refusal.Code]
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(refusal.RetryAfter.Seconds())))))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem{ // fails only when the caller has gone
		Type: "urn:problem:" + string(refusal.Code), Title: http.StatusText(status), Status: status,
		Code: refusal.Code, Detail: refusal.Detail, Errors: refusal.Fields,
	})
}

// endregion: error-map
