package httpapi

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"example.com/boxoffice"
	"example.com/boxoffice/wire"
)

const (
	defaultPage = 20
	maxPage     = 100
)

// readPage gives the size of the page that is asked for, and the position that it begins after.
func readPage(r *http.Request, start boxoffice.Position) (after boxoffice.Position, limit int, err error) {
	query := r.URL.Query()
	after, limit = start, defaultPage
	var faults []boxoffice.FieldError
	if query.Has("limit") {
		if limit, err = strconv.Atoi(query.Get("limit")); err != nil || limit < 1 || limit > maxPage {
			faults = append(faults, boxoffice.FieldError{Pointer: "/limit", Detail: fmt.Sprintf("must be a whole number from 1 to %d", maxPage)})
		}
	}
	if query.Has("cursor") {
		if after, err = decodeCursor(query.Get("cursor")); err != nil {
			faults = append(faults, boxoffice.FieldError{Pointer: "/cursor", Detail: "must come from an earlier page"})
		}
	}
	if len(faults) > 0 {
		return after, limit, boxoffice.Invalid(faults...)
	}
	return after, limit, nil
}

// newPage shows the rows that were asked for. One more was read to know whether others follow.
func newPage[Row, Shown any](rows []Row, limit int, show func(Row) Shown, position func(Row) boxoffice.Position) wire.Page[Shown] {
	page := wire.Page[Shown]{Items: []Shown{}}
	if len(rows) > limit {
		rows = rows[:limit]
		cursor := encodeCursor(position(rows[limit-1]))
		page.NextCursor = &cursor
	}
	for _, row := range rows {
		page.Items = append(page.Items, show(row))
	}
	return page
}

func encodeCursor(p boxoffice.Position) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", p.At.UnixMicro(), p.ID))
}

func decodeCursor(cursor string) (p boxoffice.Position, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return p, err
	}
	at, id, _ := strings.Cut(string(text), " ")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return p, err
	}
	p.At = time.UnixMicro(micros)
	if p.At.Before(boxoffice.Lowest.At) || p.At.After(boxoffice.Highest.At) {
		return p, fmt.Errorf("no moment that a row can have")
	}
	p.ID, err = uuid.Parse(id)
	return p, err
}
