package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/boxoffice/postgres"
	"example.com/boxoffice/testdb"
	"example.com/boxoffice/webhook"
)

var secret = []byte(strings.Repeat("w", 32))

// receiver answers with each status in turn, the last one for good.
type receiver struct {
	*httptest.Server
	headers []http.Header
	bodies  []string
}

func newReceiver(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.headers, r.bodies = append(r.headers, request.Header), append(r.bodies, string(body))
		w.Header().Set("Location", r.URL+"/elsewhere")
		w.WriteHeader(statuses[min(len(r.bodies), len(statuses))-1])
	}))
	t.Cleanup(r.Close)
	return r
}

func newWorker(store *postgres.Store, url string, backoff time.Duration) *webhook.Worker {
	return webhook.NewWorker(store, webhook.Settings{
		URL: url, Secret: secret, Timeout: time.Second, Poll: time.Millisecond, Lease: time.Minute, Backoff: backoff, MaxAttempts: 2,
	})
}

func add(t *testing.T, store *postgres.Store) {
	t.Helper()
	if err := store.AddMessage(t.Context(), "booking.created", map[string]int{"seats": 2}); err != nil {
		t.Fatal(err)
	}
}

func step(t *testing.T, worker *webhook.Worker) bool {
	t.Helper()
	found, err := worker.Step(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAMessageIsDeliveredOnceAndSigned(t *testing.T) {
	t.Parallel()
	store, receiver := testdb.New(t), newReceiver(t, 204)
	worker := newWorker(store, receiver.URL, time.Millisecond)
	add(t, store)

	if !step(t, worker) || step(t, worker) || len(receiver.bodies) != 1 {
		t.Fatalf("%d requests", len(receiver.bodies))
	}

	header, body := receiver.headers[0], receiver.bodies[0]
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(header.Get("Webhook-Id") + "." + header.Get("Webhook-Timestamp") + "." + body))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); header.Get("Webhook-Signature") != want {
		t.Errorf("signed %q, want %q", header.Get("Webhook-Signature"), want)
	}
	var told struct {
		ID, Type string
		Data     map[string]int
	}
	if err := json.Unmarshal([]byte(body), &told); err != nil || told.ID != header.Get("Webhook-Id") || told.Type != "booking.created" || told.Data["seats"] != 2 {
		t.Errorf("told %s, %v", body, err)
	}
}

func TestAnythingButSuccessIsTriedAgainUnderTheSameID(t *testing.T) {
	t.Parallel()
	for _, status := range []int{302, 400, 500} {
		store, receiver := testdb.New(t), newReceiver(t, status, 200)
		worker := newWorker(store, receiver.URL, time.Millisecond)
		add(t, store)
		step(t, worker)
		time.Sleep(10 * time.Millisecond)

		if !step(t, worker) || step(t, worker) {
			t.Errorf("%d: %d requests", status, len(receiver.bodies))
		}
		if receiver.headers[0].Get("Webhook-Id") != receiver.headers[1].Get("Webhook-Id") {
			t.Errorf("%d: another id", status)
		}
	}
}

func TestAfterTheLastAttemptAMessageIsGivenUp(t *testing.T) {
	t.Parallel()
	store, receiver := testdb.New(t), newReceiver(t, 500)
	worker := newWorker(store, receiver.URL, time.Millisecond)
	add(t, store)
	for range 2 {
		step(t, worker)
		time.Sleep(10 * time.Millisecond)
	}

	if step(t, worker) || len(receiver.bodies) != 2 {
		t.Errorf("%d requests", len(receiver.bodies))
	}
}

func TestAMessageWaitsBeforeItIsTriedAgain(t *testing.T) {
	t.Parallel()
	store, receiver := testdb.New(t), newReceiver(t, 500)
	worker := newWorker(store, receiver.URL, time.Hour)
	add(t, store)
	step(t, worker)

	if step(t, worker) {
		t.Error("tried again at once")
	}
}

func TestAClaimedMessageIsLeftAloneUntilItsLeaseRunsOut(t *testing.T) {
	t.Parallel()
	store, receiver := testdb.New(t), newReceiver(t, 200)
	worker := newWorker(store, receiver.URL, time.Millisecond)
	add(t, store)
	if _, found, err := store.ClaimMessage(t.Context(), 300*time.Millisecond); err != nil || !found {
		t.Fatal(found, err)
	}

	if step(t, worker) {
		t.Error("taken from a process that lives")
	}
	time.Sleep(400 * time.Millisecond)
	if !step(t, worker) || len(receiver.bodies) != 1 {
		t.Error("not taken over from a process that died")
	}
}
