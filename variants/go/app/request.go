package boxoffice

import (
	"encoding/json"

	"github.com/google/uuid"
)

// Request is a write that its sender has named, so that it can be sent again.
type Request struct {
	AccountID uuid.UUID
	Route     string
	Key       string
	Digest    []byte
}

// Answer is what was said to a request.
type Answer struct {
	Status int
	Body   json.RawMessage
}
