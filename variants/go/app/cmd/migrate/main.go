// Command migrate brings the database of DATABASE_URL to the newest schema, or takes all of it back.
//
//	migrate up
//	migrate down
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"example.com/boxoffice/migrations"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "migrate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 || (args[0] != "up" && args[0] != "down") {
		return fmt.Errorf("usage: migrate up|down")
	}
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		return fmt.Errorf("DATABASE_URL is not set")
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker() // two deployments at once: one waits
	if err != nil {
		return err
	}
	steps, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	var results []*goose.MigrationResult
	if args[0] == "up" {
		results, err = steps.Up(ctx)
	} else {
		results, err = steps.DownTo(ctx, 0)
	}
	for _, result := range results {
		fmt.Println(result)
	}
	return err
}
