package httpapi

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/boxoffice"
)

func open(t *testing.T, kind, text string) (*body, error) {
	t.Helper()
	r := httptest.NewRequest("POST", "/", strings.NewReader(text))
	r.Header.Set("Content-Type", kind)
	return readBody(httptest.NewRecorder(), r)
}

func pointers(err error) (found []string) {
	var refusal *boxoffice.Error
	if errors.As(err, &refusal) {
		for _, field := range refusal.Fields {
			found = append(found, field.Pointer)
		}
	}
	return found
}

func TestABodyThatIsNoJSONObjectIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		kind, text string
		want       boxoffice.Code
	}{
		"other type":    {"text/plain", `{}`, codeUnsupportedMediaType},
		"no type":       {"", `{}`, codeUnsupportedMediaType},
		"half":          {"application/json", `{"a":`, codeMalformed},
		"nothing":       {"application/json", ``, codeMalformed},
		"two":           {"application/json", `{} {}`, codeMalformed},
		"broken UTF-8":  {"application/json", "{\"a\":\"\xff\"}", codeMalformed},
		"list":          {"application/json", `[]`, boxoffice.CodeInvalid},
		"null":          {"application/json", `null`, boxoffice.CodeInvalid},
		"too much":      {"application/json", `"` + strings.Repeat("x", maxBodyBytes) + `"`, codePayloadTooLarge},
		"with encoding": {"application/json; charset=utf-8", `{}`, ""},
	} {
		var refusal *boxoffice.Error
		_, err := open(t, c.kind, c.text)
		if errors.As(err, &refusal) != (c.want != "") || (refusal != nil && refusal.Code != c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	b, err := open(t, "application/json", `{"title":null,"starts_at":"tomorrow","capacity":2.5,"price_cents":"1","extra/~":1}`)
	if err != nil {
		t.Fatal(err)
	}
	b.title("title")
	b.moment("starts_at")
	b.capacity("capacity")
	b.priceCents("price_cents")
	b.currency("currency")

	want := []string{"/title", "/starts_at", "/capacity", "/price_cents", "/currency", "/extra~1~0"}
	if got := pointers(b.done()); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNamesAreExact(t *testing.T) {
	b, err := open(t, "application/json", `{"Seats":2}`)
	if err != nil {
		t.Fatal(err)
	}
	b.integer("seats", 1, 10)

	if got := pointers(b.done()); !slices.Equal(got, []string{"/seats", "/Seats"}) {
		t.Errorf("got %v", got)
	}
}

func TestLengthsCountCharacters(t *testing.T) {
	for text, valid := range map[string]bool{
		strings.Repeat("ü", 120): true, strings.Repeat("ü", 121): false, "": false, " ": false, `a\u0000b`: false,
	} {
		b, err := open(t, "application/json", `{"title":"`+text+`"}`)
		if err != nil {
			t.Fatal(err)
		}
		b.title("title")
		if got := b.done() == nil; got != valid {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestAMomentHasAnOffsetAndIsCutToMicroseconds(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2030-01-01T12:00:00.1234567+02:00": time.Date(2030, 1, 1, 10, 0, 0, 123456000, time.UTC),
		"2030-01-01t10:00:00z":              time.Date(2030, 1, 1, 10, 0, 0, 0, time.UTC),
		"2030-01-01T10:00:00":               {},
		"2030-01-01":                        {},
		"2030-02-30T10:00:00Z":              {},
		"1999-12-31T23:59:59Z":              {},
		"2201-01-01T00:00:00Z":              {},
	} {
		b, err := open(t, "application/json", `{"at":"`+text+`"}`)
		if err != nil {
			t.Fatal(err)
		}
		got := b.moment("at")
		if err := b.done(); (err == nil) == want.IsZero() || (err == nil && !got.Equal(want)) {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}
