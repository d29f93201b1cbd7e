// Package config reads the settings once, at start. What is missing or wrong ends the start and is named.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"time"
)

const minSecretBytes = 32

// Settings are all that the environment decides.
type Settings struct {
	DatabaseURL string
	Address     string
	LogLevel    slog.Level

	JWTSecret  []byte
	AccessTTL  time.Duration
	RefreshTTL time.Duration

	LoginLimitPerAccount int
	LoginLimitPerAddress int
	LoginWindow          time.Duration

	Argon2MemoryKiB   int
	Argon2Iterations  int
	Argon2Parallelism int

	WebhookURL        string
	WebhookSecret     []byte
	WebhookTimeout    time.Duration
	OutboxPoll        time.Duration
	OutboxLease       time.Duration
	OutboxBackoff     time.Duration
	OutboxMaxAttempts int
}

// Read gives the settings, or every reason why the service must not start.
func Read() (Settings, error) {
	r := reader{}
	s := Settings{
		DatabaseURL: r.required("DATABASE_URL"),
		Address:     cmp.Or(os.Getenv("HOST"), "127.0.0.1") + ":" + strconv.Itoa(r.integer("PORT", 8080, 0, 65535)),
		LogLevel:    r.level("LOG_LEVEL"),

		JWTSecret:  r.secret("JWT_SECRET"),
		AccessTTL:  r.duration("ACCESS_TTL_SECONDS", 900, time.Second),
		RefreshTTL: r.duration("REFRESH_TTL_SECONDS", 2592000, time.Second),

		LoginLimitPerAccount: r.integer("LOGIN_LIMIT_PER_ACCOUNT", 5, 1, 1_000_000),
		LoginLimitPerAddress: r.integer("LOGIN_LIMIT_PER_ADDRESS", 100, 1, 1_000_000),
		LoginWindow:          r.duration("LOGIN_WINDOW_SECONDS", 60, time.Second),

		Argon2MemoryKiB:   r.integer("ARGON2_MEMORY_KIB", 19456, 8, 4_194_304),
		Argon2Iterations:  r.integer("ARGON2_ITERATIONS", 2, 1, 100),
		Argon2Parallelism: r.integer("ARGON2_PARALLELISM", 1, 1, 255),

		WebhookURL:        r.webAddress("WEBHOOK_URL"),
		WebhookSecret:     r.secret("WEBHOOK_SECRET"),
		WebhookTimeout:    r.duration("WEBHOOK_TIMEOUT_MS", 5000, time.Millisecond),
		OutboxPoll:        r.duration("OUTBOX_POLL_MS", 500, time.Millisecond),
		OutboxLease:       r.duration("OUTBOX_LEASE_SECONDS", 30, time.Second),
		OutboxBackoff:     r.duration("OUTBOX_BACKOFF_MS", 1000, time.Millisecond),
		OutboxMaxAttempts: r.integer("OUTBOX_MAX_ATTEMPTS", 8, 1, 30),
	}
	return s, errors.Join(r.faults...)
}

type reader struct{ faults []error }

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf(format, args...))
}

func (r *reader) required(name string) string {
	value := os.Getenv(name)
	if value == "" {
		r.fault("%s is not set", name)
	}
	return value
}

func (r *reader) secret(name string) []byte {
	value := r.required(name)
	if value != "" && len(value) < minSecretBytes {
		r.fault("%s is shorter than %d bytes", name, minSecretBytes)
	}
	return []byte(value)
}

func (r *reader) webAddress(name string) string {
	value := r.required(name)
	if value == "" {
		return value
	}
	if address, err := url.Parse(value); err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https") {
		r.fault("%s is not an http or https address", name)
	}
	return value
}

func (r *reader) integer(name string, fallback, lowest, highest int) int {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < lowest || value > highest {
		r.fault("%s is not a whole number from %d to %d", name, lowest, highest)
	}
	return value
}

func (r *reader) duration(name string, fallback int, unit time.Duration) time.Duration {
	return time.Duration(r.integer(name, fallback, 1, 1_000_000_000)) * unit
}

func (r *reader) level(name string) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cmp.Or(os.Getenv(name), "info"))); err != nil {
		r.fault("%s is not debug, info, warn or error", name)
	}
	return level
}
