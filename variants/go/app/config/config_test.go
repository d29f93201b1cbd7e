package config_test

import (
	"strings"
	"testing"
	"time"

	"example.com/boxoffice/config"
)

func complete(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"DATABASE_URL": "postgresql://u@h/d", "JWT_SECRET": strings.Repeat("j", 32),
		"WEBHOOK_URL": "https://hooks.example.org/in", "WEBHOOK_SECRET": strings.Repeat("w", 32),
	} {
		t.Setenv(name, value)
	}
}

func TestWhatIsRequiredIsEnough(t *testing.T) {
	complete(t)

	settings, err := config.Read()

	if err != nil || settings.Address != "127.0.0.1:8080" || settings.AccessTTL != 15*time.Minute || settings.Argon2MemoryKiB != 19456 {
		t.Errorf("got %+v, %v", settings, err)
	}
}

func TestWhatIsMissingOrWrongIsNamed(t *testing.T) {
	for name, value := range map[string]string{
		"DATABASE_URL": "", "JWT_SECRET": "short", "WEBHOOK_URL": "ftp://x", "WEBHOOK_SECRET": "",
		"PORT": "http", "ACCESS_TTL_SECONDS": "0", "OUTBOX_POLL_MS": "-1", "LOG_LEVEL": "loud",
	} {
		t.Run(name, func(t *testing.T) {
			complete(t)
			t.Setenv(name, value)

			_, err := config.Read()

			if err == nil || !strings.HasPrefix(err.Error(), name+" is ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEveryFaultIsToldAtOnce(t *testing.T) {
	complete(t)
	t.Setenv("JWT_SECRET", "")
	t.Setenv("WEBHOOK_SECRET", "")

	_, err := config.Read()

	if err == nil || strings.Count(err.Error(), "is not set") != 2 {
		t.Errorf("got %v", err)
	}
}
