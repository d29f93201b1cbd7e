package boxoffice

import (
	"time"

	"github.com/google/uuid"
)

// Position is a row's place in a list: the sort key and the unique tie-breaker.
type Position struct {
	At time.Time
	ID uuid.UUID
}

// Positions before the first row of a list that goes up or down.
var (
	Lowest  = Position{At: time.Unix(0, 0), ID: uuid.Nil}
	Highest = Position{At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: uuid.Max}
)
