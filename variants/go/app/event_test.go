package boxoffice_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/boxoffice"
)

var (
	now   = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	owner = uuid.New()
	other = uuid.New()
)

func event(status boxoffice.EventStatus) boxoffice.Event {
	return boxoffice.Event{
		OwnerID: owner, StartsAt: now.Add(time.Hour), Capacity: 10, SeatsBooked: 4, PriceCents: 100, Currency: "EUR", Status: status,
	}
}

func code(err error) boxoffice.Code {
	var refusal *boxoffice.Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

func TestOnlyADraftInTheFutureIsPublished(t *testing.T) {
	for status, want := range map[boxoffice.EventStatus]boxoffice.Code{
		boxoffice.Draft: "", boxoffice.Published: boxoffice.CodeInvalidState, boxoffice.EventCancelled: boxoffice.CodeInvalidState,
	} {
		if got := code(event(status).CheckPublishable(now)); got != want {
			t.Errorf("%s: got %q, want %q", status, got, want)
		}
	}
	if got := code(event(boxoffice.Draft).CheckPublishable(now.Add(time.Hour))); got != boxoffice.CodeInvalidState {
		t.Errorf("beginning now: got %q", got)
	}
}

func TestOnlyAPublishedEventIsCancelled(t *testing.T) {
	for status, want := range map[boxoffice.EventStatus]boxoffice.Code{
		boxoffice.Draft: boxoffice.CodeInvalidState, boxoffice.Published: "", boxoffice.EventCancelled: boxoffice.CodeInvalidState,
	} {
		if got := code(event(status).CheckCancellable()); got != want {
			t.Errorf("%s: got %q, want %q", status, got, want)
		}
	}
}

func TestADraftExistsForItsOwnerOnly(t *testing.T) {
	for _, c := range []struct {
		status  boxoffice.EventStatus
		account uuid.UUID
		read    boxoffice.Code
		write   boxoffice.Code
	}{
		{boxoffice.Draft, owner, "", ""},
		{boxoffice.Draft, other, boxoffice.CodeNotFound, boxoffice.CodeNotFound},
		{boxoffice.Published, other, "", boxoffice.CodeForbidden},
		{boxoffice.EventCancelled, other, "", boxoffice.CodeForbidden},
	} {
		if got := code(event(c.status).CheckReadable(c.account)); got != c.read {
			t.Errorf("reading %s: got %q, want %q", c.status, got, c.read)
		}
		if got := code(event(c.status).CheckOwner(c.account)); got != c.write {
			t.Errorf("writing %s: got %q, want %q", c.status, got, c.write)
		}
	}
}

func TestNothingIsSoldBeforePublishingOrAfterTheBeginning(t *testing.T) {
	if err := event(boxoffice.Published).CheckOnSale(now); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"draft":     event(boxoffice.Draft).CheckOnSale(now),
		"cancelled": event(boxoffice.EventCancelled).CheckOnSale(now),
		"begun":     event(boxoffice.Published).CheckOnSale(now.Add(time.Hour)),
	} {
		if code(err) != boxoffice.CodeInvalidState {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAChangeKeepsWhatItDoesNotName(t *testing.T) {
	title := "New"

	changed, err := event(boxoffice.Published).Apply(boxoffice.EventChange{Title: &title})

	want := event(boxoffice.Published)
	want.Title = title
	if err != nil || changed != want {
		t.Errorf("got %+v, %v", changed, err)
	}
}

func TestAChangeThatTheStateForbidsIsRefused(t *testing.T) {
	three, four, dearer, euros, pounds := 3, 4, 200, "EUR", "GBP"
	for name, c := range map[string]struct {
		status boxoffice.EventStatus
		change boxoffice.EventChange
		want   boxoffice.Code
	}{
		"capacity below what is booked": {boxoffice.Published, boxoffice.EventChange{Capacity: &three}, boxoffice.CodeCapacityBelowBooked},
		"capacity of what is booked":    {boxoffice.Published, boxoffice.EventChange{Capacity: &four}, ""},
		"price of a draft":              {boxoffice.Draft, boxoffice.EventChange{PriceCents: &dearer}, ""},
		"price after publishing":        {boxoffice.Published, boxoffice.EventChange{PriceCents: &dearer}, boxoffice.CodeInvalidState},
		"currency after publishing":     {boxoffice.Published, boxoffice.EventChange{Currency: &pounds}, boxoffice.CodeInvalidState},
		"the same currency":             {boxoffice.Published, boxoffice.EventChange{Currency: &euros}, ""},
		"anything after cancelling":     {boxoffice.EventCancelled, boxoffice.EventChange{Capacity: &four}, boxoffice.CodeInvalidState},
	} {
		if _, err := event(c.status).Apply(c.change); code(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestOnlyTheBookerCancelsOnceBeforeTheBeginning(t *testing.T) {
	booked := boxoffice.Booking{AccountID: other, Status: boxoffice.Booked}
	cancelled := boxoffice.Booking{AccountID: other, Status: boxoffice.BookingCancelled}
	for name, c := range map[string]struct {
		booking boxoffice.Booking
		account uuid.UUID
		now     time.Time
		want    boxoffice.Code
	}{
		"booker":        {booked, other, now, ""},
		"event's owner": {booked, owner, now, boxoffice.CodeForbidden},
		"anyone else":   {booked, uuid.New(), now, boxoffice.CodeNotFound},
		"twice":         {cancelled, other, now, boxoffice.CodeInvalidState},
		"too late":      {booked, other, now.Add(time.Hour), boxoffice.CodeInvalidState},
	} {
		if err := c.booking.CheckCancellable(event(boxoffice.Published), c.account, c.now); code(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
