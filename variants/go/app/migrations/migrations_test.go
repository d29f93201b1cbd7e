package migrations_test

import (
	"testing"

	"example.com/boxoffice/migrations"
	"example.com/boxoffice/testdb"
)

func TestTheStepsGoBackAndApplyAgain(t *testing.T) {
	t.Parallel()
	steps, db, err := migrations.Open(testdb.Create(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	down, err := steps.DownTo(t.Context(), 0)
	if err != nil || len(down) == 0 {
		t.Fatalf("%d steps went back: %v", len(down), err)
	}
	var left int
	if err := db.QueryRowContext(t.Context(), `
		SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'goose_db_version%'`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d tables, indexes and sequences are left: %v", left, err)
	}
	if up, err := steps.Up(t.Context()); err != nil || len(up) != len(down) {
		t.Errorf("%d of %d steps apply again: %v", len(up), len(down), err)
	}
}
