package httpapi

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/boxoffice"
)

func TestACursorComesBackAsItsPosition(t *testing.T) {
	want := boxoffice.Position{At: time.Date(2030, 1, 1, 12, 0, 0, 123456000, time.UTC), ID: uuid.New()}

	got, err := decodeCursor(encodeCursor(want))

	if err != nil || !got.At.Equal(want.At) || got.ID != want.ID {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestABrokenPageIsRefused(t *testing.T) {
	for _, query := range []string{
		"limit=0", "limit=101", "limit=x", "limit=", "limit=99999999999999999999", "cursor=", "cursor=!", "cursor=" + url.QueryEscape("MTIz"),
		"cursor=" + encodeCursor(boxoffice.Position{At: time.Unix(1<<50, 0), ID: uuid.Nil}),
	} {
		if _, _, err := readPage(httptest.NewRequest("GET", "/?"+query, nil), boxoffice.Lowest); err == nil {
			t.Errorf("%s: accepted", query)
		}
	}
}
