package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/boxoffice/auth"
	"example.com/boxoffice/httpapi"
	"example.com/boxoffice/postgres"
	"example.com/boxoffice/service"
	"example.com/boxoffice/testdb"
)

// box is the whole service on a database of its own, without the process around it.
type box struct {
	t      *testing.T
	server *httptest.Server
}

func newBox(t *testing.T, options ...postgres.Option) *box {
	t.Helper()
	store := testdb.New(t, options...)
	tokens := auth.NewAccessTokens([]byte(strings.Repeat("s", 32)), time.Minute, time.Now)
	hasher := auth.NewHasher(auth.Cost{MemoryKiB: 8, Iterations: 1, Parallelism: 1}, 4)
	limits := service.Limits{PerAccount: 3, PerAddress: 1000, Window: time.Minute}
	accounts := service.NewAccounts(store, store, limits, hasher, tokens, time.Hour, time.Now)
	api := httpapi.New(accounts, service.NewEvents(store, time.Now), service.NewBookings(store, time.Now), tokens, store.Ping)
	server := httptest.NewServer(api.Routes())
	t.Cleanup(server.Close)
	return &box{t, server}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func (a answer) code() any { return a.body["code"] }
func (a answer) id() string {
	id, _ := a.body["id"].(string)
	return id
}

// send asks as the person with this token; more are names and values of headers.
func (b *box) send(token, method, path string, body any, more ...string) answer {
	b.t.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, content)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(more); i += 2 {
		request.Header.Set(more[i], more[i+1])
	}
	response, err := b.server.Client().Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	got := answer{status: response.StatusCode, header: response.Header}
	if err := json.NewDecoder(response.Body).Decode(&got.body); err != nil && err != io.EOF {
		b.t.Fatal(err)
	}
	return got
}

func (b *box) must(status int, got answer) answer {
	b.t.Helper()
	if got.status != status {
		b.t.Fatalf("got %d %v, want %d", got.status, got.body, status)
	}
	return got
}

var people atomic.Int64

// person registers somebody and gives the access token.
func (b *box) person() string {
	b.t.Helper()
	login := map[string]string{"email": fmt.Sprintf("p%d@example.org", people.Add(1)), "password": "correct horse battery"}
	b.must(202, b.send("", "POST", "/accounts", login))
	return b.must(200, b.send("", "POST", "/auth/login", login)).body["access_token"].(string)
}

func (b *box) draft(owner string, capacity int) answer {
	b.t.Helper()
	return b.must(201, b.send(owner, "POST", "/events", map[string]any{
		"title": "Concert", "starts_at": time.Now().Add(time.Hour), "capacity": capacity, "price_cents": 1250, "currency": "EUR",
	}))
}

func (b *box) published(owner string, capacity int) string {
	b.t.Helper()
	id := b.draft(owner, capacity).id()
	b.must(200, b.send(owner, "POST", "/events/"+id+"/publish", nil))
	return id
}

func (b *box) book(guest, event, key string, seats int) answer {
	return b.send(guest, "POST", "/events/"+event+"/bookings", map[string]int{"seats": seats}, "Idempotency-Key", key)
}

// region: test

func TestAChangeNeedsTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	owner := b.person()
	event := b.draft(owner, 10)
	path := "/events/" + event.id()

	for name, c := range map[string]struct {
		etag   string
		status int
		code   any
	}{
		"none":    {"", 428, "precondition_required"},
		"other":   {`"2"`, 412, "precondition_failed"},
		"no ETag": {"1", 412, "precondition_failed"},
	} {
		if got := b.send(owner, "PATCH", path, map[string]string{"title": "New"}, "If-Match", c.etag); got.status != c.status || got.code() != c.code {
			t.Errorf("%s: got %d %v, want %d %v", name, got.status, got.code(), c.status, c.code)
		}
	}
	changed := b.send(owner, "PATCH", path, map[string]string{"title": "New"}, "If-Match", event.header.Get("ETag"))

	if changed.status != 200 || changed.body["title"] != "New" || changed.header.Get("ETag") != `"2"` {
		t.Errorf("got %d %v", changed.status, changed.body)
	}
}

// endregion: test

// region: cross-user-test

func TestNobodyReachesWhatBelongsToSomebodyElse(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	owner, booker, stranger := b.person(), b.person(), b.person()
	draft := "/events/" + b.draft(owner, 10).id()
	event := "/events/" + b.published(owner, 10)
	booking := "/bookings/" + b.must(201, b.send(booker, "POST", event+"/bookings", map[string]int{"seats": 1}, "Idempotency-Key", "k")).id()

	for _, c := range []struct {
		who, method, path string
		status            int
	}{
		{stranger, "GET", draft, 404},
		{stranger, "PATCH", draft, 404},
		{stranger, "POST", draft + "/publish", 404},
		{stranger, "POST", draft + "/cancel", 404},
		{stranger, "GET", draft + "/bookings", 404},
		{stranger, "PATCH", event, 403},
		{stranger, "POST", event + "/publish", 403},
		{stranger, "POST", event + "/cancel", 403},
		{stranger, "GET", event + "/bookings", 403},
		{booker, "GET", event + "/bookings", 403},
		{stranger, "GET", booking, 404},
		{stranger, "POST", booking + "/cancel", 404},
		{owner, "POST", booking + "/cancel", 403},
		{"", "GET", draft, 401},
		{"", "GET", booking, 401},
		{"", "POST", booking + "/cancel", 401},
	} {
		var body any
		if c.method == "PATCH" {
			body = map[string]string{"title": "Mine"}
		}
		if got := b.send(c.who, c.method, c.path, body, "If-Match", `"1"`); got.status != c.status {
			t.Errorf("%s %s: got %d, want %d", c.method, c.path, got.status, c.status)
		}
	}
	if mine := b.send(stranger, "GET", "/bookings", nil); len(mine.body["items"].([]any)) != 0 {
		t.Errorf("a stranger's list has %v", mine.body)
	}
	for who, path := range map[string]string{owner: draft, booker: booking} {
		if got := b.send(who, "GET", path, nil); got.status != 200 {
			t.Errorf("%s is out of its owner's reach: %d", path, got.status)
		}
	}
}

// endregion: cross-user-test

// region: query-count-test

// counter sees every statement of a pool.
type counter struct{ statements atomic.Int64 }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.statements.Add(1)
	return ctx
}

func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestAListTakesAsManyStatementsWithFiftyRowsAsWithOne(t *testing.T) {
	t.Parallel()
	asked := &counter{}
	b := newBox(t, postgres.WithTracer(asked))
	owner := b.person()
	event := b.published(owner, 100)
	list := func(rows int) int64 {
		before := asked.statements.Load()
		got := b.must(200, b.send(owner, "GET", "/events/"+event+"/bookings?limit=100", nil))
		if found := len(got.body["items"].([]any)); found != rows {
			t.Fatalf("the list has %d rows, want %d", found, rows)
		}
		return asked.statements.Load() - before
	}
	b.must(201, b.book(b.person(), event, "k", 1))
	one := list(1)
	for range 49 {
		b.must(201, b.book(b.person(), event, "k", 1))
	}

	if fifty := list(50); fifty != one || one == 0 || one > 4 {
		t.Errorf("%d statements for one row, %d for fifty", one, fifty)
	}
}

// endregion: query-count-test

func TestPagesNeitherSkipNorRepeatWhileRowsAreAdded(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	owner := b.person()
	want := map[string]bool{}
	for range 5 {
		want[b.published(owner, 1)] = true
	}

	seen, path := map[string]int{}, "/events?limit=2"
	for path != "" {
		page := b.must(200, b.send(owner, "GET", path, nil))
		for _, item := range page.body["items"].([]any) {
			seen[item.(map[string]any)["id"].(string)]++
		}
		path = ""
		if cursor, more := page.body["next_cursor"].(string); more {
			path = "/events?limit=2&cursor=" + cursor
		}
		if len(seen) < 10 {
			b.published(owner, 1)
		}
	}

	for id := range want {
		if seen[id] != 1 {
			t.Errorf("%s was seen %d times", id, seen[id])
		}
	}
}

func TestTheSameRequestTwiceIsOneBooking(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	guest, event := b.person(), b.published(b.person(), 10)

	first, second := b.book(guest, event, "k", 2), b.book(guest, event, "k", 2)

	if first.status != 201 || second.status != 201 || first.id() != second.id() || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("got %v, then %v", first, second)
	}
	if other := b.book(guest, event, "k", 3); other.status != 422 || other.code() != "idempotency_key_reused" {
		t.Errorf("another body: got %v", other)
	}
	if left := b.send(guest, "GET", "/events/"+event, nil).body["seats_left"]; left != 8.0 {
		t.Errorf("%v seats are left", left)
	}
}

func TestARefusedRequestLeavesItsKeyFree(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	owner, guest := b.person(), b.person()
	event := b.published(owner, 1)
	b.must(409, b.book(guest, event, "k", 2))
	b.must(200, b.send(owner, "PATCH", "/events/"+event, map[string]int{"capacity": 2}, "If-Match", `"2"`))

	if got := b.book(guest, event, "k", 2); got.status != 201 {
		t.Errorf("got %v", got)
	}
}

func TestTheLastSeatsAreSoldOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	event := b.published(b.person(), 3)
	var sold, soldOut atomic.Int64
	var racing sync.WaitGroup
	for range 8 {
		guest := b.person()
		racing.Go(func() {
			switch got := b.book(guest, event, "k", 1); {
			case got.status == 201:
				sold.Add(1)
			case got.code() == "sold_out":
				soldOut.Add(1)
			}
		})
	}
	racing.Wait()

	if sold.Load() != 3 || soldOut.Load() != 5 {
		t.Errorf("%d sold, %d refused", sold.Load(), soldOut.Load())
	}
}

func TestASpentRefreshTokenEndsItsFamily(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	login := map[string]string{"email": "r@example.org", "password": "correct horse battery"}
	b.must(202, b.send("", "POST", "/accounts", login))
	refresh := func(token any) answer {
		return b.send("", "POST", "/auth/refresh", map[string]any{"refresh_token": token})
	}
	first := b.must(200, b.send("", "POST", "/auth/login", login)).body["refresh_token"]
	other := b.must(200, b.send("", "POST", "/auth/login", login)).body["refresh_token"]
	second := b.must(200, refresh(first)).body["refresh_token"]

	b.must(401, refresh(first))

	b.must(401, refresh(second))
	b.must(200, refresh(other))
}

func TestPastTheLimitTheRightPasswordIsRefusedToo(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	login := map[string]string{"email": "l@example.org", "password": "correct horse battery"}
	b.must(202, b.send("", "POST", "/accounts", login))
	for range 3 {
		b.must(401, b.send("", "POST", "/auth/login", map[string]string{"email": " L@example.org", "password": "wrong"}))
	}

	got := b.must(429, b.send("", "POST", "/auth/login", login))

	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestWhatIsNotThereIsAProblemToo(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	token := b.person()
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/nothing", 404, "not_found"},
		{"GET", "/events/", 404, "not_found"},
		{"GET", "/events/7", 404, "not_found"},
		{"GET", "/events/" + uuid.NewString(), 404, "not_found"},
		{"DELETE", "/events/" + uuid.NewString(), 405, "method_not_allowed"},
	} {
		got := b.send(token, c.method, c.path, nil)
		if got.status != c.status || got.code() != c.code || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: got %v", c.method, c.path, got)
		}
		if c.status == 405 && got.header.Get("Allow") != "GET, PATCH" {
			t.Errorf("Allow is %q", got.header.Get("Allow"))
		}
	}
}
