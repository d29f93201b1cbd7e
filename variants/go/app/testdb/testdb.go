// Package testdb gives each test a database of its own on the server of DATABASE_URL, so that tests run side by side.
package testdb

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/boxoffice/migrations"
	"example.com/boxoffice/postgres"
)

// New opens a store on a database of the test's own.
func New(t *testing.T, options ...postgres.Option) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), Create(t), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

// Create gives the address of an empty, migrated database that is gone after the test. With -short the test is skipped; without
// it a missing DATABASE_URL is a failure, since tests that never ran prove nothing.
func Create(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a database")
	}
	server := os.Getenv("DATABASE_URL")
	if server == "" {
		t.Fatal("DATABASE_URL is not set; go test -short leaves out what needs a database")
	}
	name := "boxoffice_test_" + rand.Text()
	admin(t, server, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	t.Cleanup(func() { admin(t, server, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)") })
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + name
	steps, db, err := migrations.Open(address.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := steps.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return address.String()
}

func admin(t *testing.T, server, statement string) {
	t.Helper()
	ctx := context.Background() // the test's own context has ended when it is cleaned up
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(ctx)
	if _, err := connection.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
