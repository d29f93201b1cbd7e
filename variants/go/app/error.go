// region: template-errors

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

// endregion: template-errors
