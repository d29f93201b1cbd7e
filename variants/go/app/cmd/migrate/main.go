// Command migrate brings the database of DATABASE_URL to the newest schema, or takes all of it back.
//
//	migrate up
//	migrate down
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"

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
		return errors.New("usage: migrate up|down")
	}
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		return errors.New("DATABASE_URL is not set")
	}
	steps, db, err := migrations.Open(url)
	if err != nil {
		return err
	}
	defer db.Close()
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
