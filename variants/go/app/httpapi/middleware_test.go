package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestARequestHasADeadlineThatTheServerOutlives(t *testing.T) {
	handler := deadline(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ends, there := r.Context().Deadline()
		if left := time.Until(ends); !there || left <= 0 || left > requestTimeout {
			t.Errorf("the deadline is %v, %v from now", there, left)
		}
	}))

	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

func TestWhatTookTooLongIsUnavailableAndWhatBrokeIsInternal(t *testing.T) {
	for want, err := range map[int]error{
		http.StatusServiceUnavailable:  fmt.Errorf("ask: %w", context.DeadlineExceeded),
		http.StatusInternalServerError: errors.New("broken"),
	} {
		w := httptest.NewRecorder()
		writeError(w, httptest.NewRequest("GET", "/", nil), err)
		if w.Code != want {
			t.Errorf("%v: got %d, want %d", err, w.Code, want)
		}
	}
}

func TestAHandlerMayDropItsConnection(t *testing.T) {
	defer func() {
		if cause := recover(); cause != http.ErrAbortHandler {
			t.Errorf("got %v", cause)
		}
	}()
	abort := recoverPanics(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))

	abort.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}
