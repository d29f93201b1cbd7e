package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/boxoffice"
)

const maxBodyBytes = 65536

// region: validation

// body reads the fields of one JSON object by their exact names and gathers what is wrong with them. encoding/json alone would
// take "Seats" for "seats", null for absent, and stop at the first fault.
type body struct {
	fields map[string]json.RawMessage
	faults []boxoffice.FieldError
}

func readBody(w http.ResponseWriter, r *http.Request) (*body, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, errMediaType
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil || !utf8.Valid(data) || !json.Valid(data) {
		return nil, errMalformed
	}
	b := &body{}
	if err := json.Unmarshal(data, &b.fields); err != nil || b.fields == nil {
		return nil, boxoffice.Invalid(boxoffice.FieldError{Pointer: "", Detail: "must be an object"})
	}
	return b, nil
}

func (b *body) has(name string) bool {
	_, there := b.fields[name]
	return there
}

// take removes a field, so that what remains at the end is unknown.
func (b *body) take(name string, into any, kind string) bool {
	raw, there := b.fields[name]
	delete(b.fields, name)
	if !there {
		return b.fault(name, "is required")
	}
	if string(raw) == "null" || json.Unmarshal(raw, into) != nil {
		return b.fault(name, "must be "+kind)
	}
	return true
}

func (b *body) fault(name, detail string) bool {
	b.faults = append(b.faults, boxoffice.FieldError{Pointer: "/" + pointerEscape.Replace(name), Detail: detail})
	return false
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func (b *body) text(name string, shortest, longest int) (value string) {
	if !b.take(name, &value, "a string") {
		return ""
	}
	if n := utf8.RuneCountInString(value); n < shortest || n > longest {
		b.fault(name, fmt.Sprintf("must have %d to %d characters", shortest, longest))
	} else if strings.ContainsRune(value, 0) { // PostgreSQL cannot store it
		b.fault(name, "must not contain NUL")
	}
	return value
}

// integer reads into a float, since JSON has one kind of number: 2.0 is whole, 2.5 is not.
func (b *body) integer(name string, lowest, highest int) int {
	var value float64
	if !b.take(name, &value, "a whole number") {
		return 0
	}
	if value != math.Trunc(value) || value < float64(lowest) || value > float64(highest) {
		b.fault(name, fmt.Sprintf("must be a whole number from %d to %d", lowest, highest))
		return 0
	}
	return int(value)
}

// done tells everything that is wrong, unknown fields included.
func (b *body) done() error {
	for _, name := range slices.Sorted(maps.Keys(b.fields)) {
		b.fault(name, "is not known")
	}
	if len(b.faults) > 0 {
		return boxoffice.Invalid(b.faults...)
	}
	return nil
}

// endregion: validation

// optional reads a field only where it is there, for changes.
func optional[T any](b *body, name string, read func(name string) T) *T {
	if !b.has(name) {
		return nil
	}
	value := read(name)
	return &value
}

// moment reads RFC 3339 and cuts to what PostgreSQL stores, so that the answer to this request equals later ones.
func (b *body) moment(name string) (value time.Time) {
	var text string
	if !b.take(name, &text, "a string") {
		return value
	}
	if err := value.UnmarshalText([]byte(strings.ToUpper(text))); err != nil {
		b.fault(name, "must be a date and time with an offset")
		return value
	}
	value = value.UTC().Truncate(time.Microsecond)
	if value.Year() < 2000 || value.Year() > 2200 {
		b.fault(name, "must lie in the years 2000 to 2200")
	}
	return value
}

func (b *body) choice(name string, allowed ...string) string {
	var value string
	if b.take(name, &value, "a string") && !slices.Contains(allowed, value) {
		b.fault(name, "must be one of "+strings.Join(allowed, ", "))
	}
	return value
}
