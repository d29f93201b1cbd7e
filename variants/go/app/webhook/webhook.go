// Package webhook tells another system what has happened: at least once, signed, outside any transaction.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"example.com/boxoffice/postgres"
	"example.com/boxoffice/telemetry"
)

// Settings say where to tell and how long to try.
type Settings struct {
	URL         string
	Secret      []byte
	Timeout     time.Duration
	Poll        time.Duration
	Lease       time.Duration
	Backoff     time.Duration
	MaxAttempts int
}

// region: outbox

// Worker delivers the messages of the outbox.
type Worker struct {
	store    *postgres.Store
	settings Settings
	client   *http.Client
}

// NewWorker prepares a worker. A redirect is an answer like any other: following it would carry the message to a place nobody chose.
func NewWorker(store *postgres.Store, settings Settings) *Worker {
	client := &http.Client{
		Timeout:       settings.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Worker{store, settings, client}
}

// Run delivers until the context ends, and finishes the message it has in hand.
func (w *Worker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		found, err := w.Step(telemetry.Start(context.WithoutCancel(ctx), ""))
		if err != nil {
			slog.ErrorContext(ctx, "the outbox cannot be worked off", "error", err)
		}
		if found && err == nil {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-time.After(w.settings.Poll):
		}
	}
}

// Step delivers one message if one is due. The claim is committed before the call, so that no transaction waits for another system.
func (w *Worker) Step(ctx context.Context) (found bool, err error) {
	message, found, err := w.store.ClaimMessage(ctx, w.settings.Lease)
	if err != nil || !found {
		return found, err
	}
	if message.Attempts > w.settings.MaxAttempts { // the process died during the last attempt
		return true, w.store.MarkFailed(ctx, message, "the last attempt did not end")
	}
	failure := w.send(ctx, message)
	if failure == nil {
		return true, w.store.MarkDelivered(ctx, message)
	}
	slog.WarnContext(ctx, "webhook not delivered", "message_id", message.ID, "attempt", message.Attempts, "error", failure)
	if message.Attempts == w.settings.MaxAttempts {
		return true, w.store.MarkFailed(ctx, message, failure.Error())
	}
	return true, w.store.MarkRetry(ctx, message, w.wait(message.Attempts), failure.Error())
}

// wait doubles with each attempt. Up to half as much again by chance keeps messages that failed together from coming back together.
func (w *Worker) wait(attempt int) time.Duration {
	wait := w.settings.Backoff << (attempt - 1)
	return wait + rand.N(wait/2+1)
}

func (w *Worker) send(ctx context.Context, message postgres.Message) error {
	body, err := json.Marshal(envelope{message.ID, message.Topic, message.CreatedAt.UTC(), message.Payload})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.settings.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Webhook-Id", message.ID.String())
	request.Header.Set("Webhook-Timestamp", timestamp)
	request.Header.Set("Webhook-Signature", sign(w.settings.Secret, message.ID.String(), timestamp, body))
	response, err := w.client.Do(request)
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		return failed.Err // without the address, which may hold a secret
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // so that the connection can be used again; its end is no error
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("answered %d", response.StatusCode)
	}
	return nil
}

// endregion: outbox

type envelope struct {
	ID        uuid.UUID       `json:"id"`
	Type      string          `json:"type"`
	CreatedAt time.Time       `json:"created_at"`
	Data      json.RawMessage `json:"data"`
}

// sign follows Standard Webhooks: the receiver can tell who sent the message and when.
func sign(secret []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
