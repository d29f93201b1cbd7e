// Package migrations holds the schema's steps, embedded so that a binary can take them without the sources.
package migrations

import (
	"database/sql"
	"embed"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that Open names
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var steps embed.FS

// Open prepares the steps for a database; close the database after them.
func Open(url string) (*goose.Provider, *sql.DB, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, nil, err
	}
	locker, err := lock.NewPostgresSessionLocker() // two deployments at once: one waits
	if err != nil {
		return nil, nil, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, steps, goose.WithSessionLocker(locker))
	return provider, db, err
}
