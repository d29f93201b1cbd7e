// Package telemetry writes logs that can be joined to the request, in this service and in others, to which they belong.
package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// Span is where a request stands in its trace (W3C Trace Context).
type Span struct{ TraceID, SpanID string }

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

type spanKey struct{}

// Start continues the trace that a valid traceparent names, else begins one, with a span of its own.
func Start(ctx context.Context, parent string) context.Context {
	span := Span{TraceID: random(16), SpanID: random(8)}
	if m := traceparent.FindStringSubmatch(parent); m != nil && strings.Trim(m[1], "0") != "" && strings.Trim(m[2], "0") != "" {
		span.TraceID = m[1]
	}
	return context.WithValue(ctx, spanKey{}, span)
}

// NewLogger writes one JSON object a line. The trace's ids come from the context of the call.
func NewLogger(out io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(handler{slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: rename})})
}

func rename(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attr
	}
	switch attr.Key {
	case slog.MessageKey:
		attr.Key = "message"
	case slog.LevelKey:
		return slog.String(slog.LevelKey, strings.ToLower(attr.Value.String()))
	}
	return attr
}

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	span, _ := ctx.Value(spanKey{}).(Span)
	record.AddAttrs(slog.String("trace_id", span.TraceID), slog.String("span_id", span.SpanID))
	return h.Handler.Handle(ctx, record)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: the runtime ends the process first
	return hex.EncodeToString(b)
}
