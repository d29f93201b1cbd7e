// Package postgres is the repository: it holds the SQL. Where a transaction begins and ends is the caller's decision.
package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/boxoffice"
)

const (
	maxConnections     = 10
	statementTimeoutMS = "10000"
)

// Store asks questions outside any transaction, or opens one.
type Store struct {
	Queries
	pool *pgxpool.Pool
}

// Queries are the questions of this service, asked on the pool or within a transaction.
type Queries struct{ db querier }

type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Option changes how connections are made.
type Option func(*pgxpool.Config)

// WithTracer shows each statement to a test.
func WithTracer(tracer pgx.QueryTracer) Option {
	return func(c *pgxpool.Config) { c.ConnConfig.Tracer = tracer }
}

// Open prepares the pool. It connects on first use, so that the service starts while the database is away.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	settings, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read DATABASE_URL: %w", err)
	}
	settings.MaxConns = maxConnections
	settings.ConnConfig.RuntimeParams["application_name"] = "boxoffice"
	settings.ConnConfig.RuntimeParams["statement_timeout"] = statementTimeoutMS
	for _, option := range options {
		option(settings)
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("open the pool: %w", err)
	}
	return &Store{Queries{pool}, pool}, nil
}

// Close ends all connections when they are no longer in use.
func (s *Store) Close() { s.pool.Close() }

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// InTx runs work in one transaction: committed when it returns nil, else rolled back.
func (s *Store) InTx(ctx context.Context, work func(Queries) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return work(Queries{tx}) })
}

// violates says whether the error comes from the named constraint or unique index.
func violates(err error, constraint string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.ConstraintName == constraint
}

// orNotFound turns the absence of a row into the domain's word for it.
func orNotFound(err error, detail string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return boxoffice.Refuse(boxoffice.CodeNotFound, detail)
	}
	return err
}
