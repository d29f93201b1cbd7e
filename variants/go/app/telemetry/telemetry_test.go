package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"example.com/boxoffice/telemetry"
)

func line(t *testing.T, ctx context.Context) map[string]string {
	t.Helper()
	var out bytes.Buffer
	telemetry.NewLogger(&out, slog.LevelInfo).InfoContext(ctx, "hello")
	var fields map[string]string
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestAValidTraceparentIsContinuedWithASpanOfItsOwn(t *testing.T) {
	const traceID, parentID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

	got := line(t, telemetry.Start(t.Context(), "00-"+traceID+"-"+parentID+"-01"))

	if got["trace_id"] != traceID || len(got["span_id"]) != 16 || got["span_id"] == parentID {
		t.Errorf("got %v", got)
	}
	if got["message"] != "hello" || got["level"] != "info" || got["time"] == "" {
		t.Errorf("got %v", got)
	}
}

func TestABrokenTraceparentBeginsATrace(t *testing.T) {
	for _, parent := range []string{
		"", "junk", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	} {
		got := line(t, telemetry.Start(t.Context(), parent))["trace_id"]
		if len(got) != 32 || got == "4bf92f3577b34da6a3ce929d0e0e4736" || got == "00000000000000000000000000000000" {
			t.Errorf("%q: got %q", parent, got)
		}
	}
}
