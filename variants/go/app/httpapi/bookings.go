package httpapi

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"

	"example.com/boxoffice"
	"example.com/boxoffice/wire"
)

const (
	maxSeats    = 10
	maxKeyChars = 255
)

type newBooking struct {
	Seats int `json:"seats"`
}

func (a *API) book(w http.ResponseWriter, r *http.Request) error {
	event, err := pathID(r, "event_id")
	if err != nil {
		return err
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	b, err := readBody(w, r)
	if err != nil {
		return err
	}
	wanted := newBooking{Seats: b.integer("seats", 1, maxSeats)}
	if err := b.done(); err != nil {
		return err
	}
	canonical, err := json.Marshal(wanted) // what was understood, not how it was spelled
	if err != nil {
		return err
	}
	digest := sha256.Sum256(canonical)
	request := boxoffice.Request{
		AccountID: caller(r), Route: "POST /events/" + event.String() + "/bookings", Key: key, Digest: digest[:],
	}
	booking, replayed, err := a.bookings.Book(r.Context(), request, event, wanted.Seats)
	if err != nil {
		return err
	}
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	w.Header().Set("Location", "/bookings/"+booking.ID.String())
	return writeJSON(w, http.StatusCreated, booking)
}

func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return "", errKeyMissing
	}
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' || len(key) > maxKeyChars {
			return "", boxoffice.Invalid(boxoffice.FieldError{Pointer: "/Idempotency-Key", Detail: "must be 1 to 255 visible ASCII characters"})
		}
	}
	return key, nil
}

func (a *API) getBooking(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "booking_id")
	if err != nil {
		return err
	}
	booking, err := a.bookings.Get(r.Context(), caller(r), id)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, wire.FromBooking(booking))
}

func (a *API) cancelBooking(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "booking_id")
	if err != nil {
		return err
	}
	booking, err := a.bookings.Cancel(r.Context(), caller(r), id)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, wire.FromBooking(booking))
}

func (a *API) listBookings(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := readPage(r, boxoffice.Highest)
	if err != nil {
		return err
	}
	bookings, err := a.bookings.Own(r.Context(), caller(r), after, limit+1)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, newPage(bookings, limit, wire.FromBooking, bookingPosition))
}

func (a *API) listGuests(w http.ResponseWriter, r *http.Request) error {
	event, err := pathID(r, "event_id")
	if err != nil {
		return err
	}
	after, limit, err := readPage(r, boxoffice.Highest)
	if err != nil {
		return err
	}
	guests, err := a.bookings.Guests(r.Context(), caller(r), event, after, limit+1)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, newPage(guests, limit, wire.FromGuest, guestPosition))
}

func bookingPosition(b boxoffice.Booking) boxoffice.Position {
	return boxoffice.Position{At: b.CreatedAt, ID: b.ID}
}

func guestPosition(g boxoffice.Guest) boxoffice.Position { return bookingPosition(g.Booking) }
