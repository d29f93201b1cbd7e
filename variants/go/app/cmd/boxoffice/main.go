// Command boxoffice is the service. It is the one place where the parts are put together.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"example.com/boxoffice/auth"
	"example.com/boxoffice/config"
	"example.com/boxoffice/httpapi"
	"example.com/boxoffice/postgres"
	"example.com/boxoffice/service"
	"example.com/boxoffice/telemetry"
	"example.com/boxoffice/webhook"
)

const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	stopTimeout   = 10 * time.Second
)

func main() {
	settings, err := config.Read()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	slog.SetDefault(telemetry.NewLogger(os.Stdout, settings.LogLevel))
	ctx, stop := signal.NotifyContext(telemetry.Start(context.Background(), ""), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, settings); err != nil {
		slog.ErrorContext(ctx, "ended", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, settings config.Settings) error {
	store, err := postgres.Open(context.WithoutCancel(ctx), settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer store.Close()

	api := newAPI(store, settings)
	server := &http.Server{
		Addr: settings.Address, Handler: api.Routes(), ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
	worker := webhook.NewWorker(store, webhook.Settings{
		URL: settings.WebhookURL, Secret: settings.WebhookSecret, Timeout: settings.WebhookTimeout, Poll: settings.OutboxPoll,
		Lease: settings.OutboxLease, Backoff: settings.OutboxBackoff, MaxAttempts: settings.OutboxMaxAttempts,
	})
	var working sync.WaitGroup
	defer working.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // where the server cannot start, the worker ends as well
	working.Go(func() { worker.Run(ctx) })
	return serve(ctx, server, api)
}

func newAPI(store *postgres.Store, settings config.Settings) *httpapi.API {
	cost := auth.Cost{
		MemoryKiB: uint32(settings.Argon2MemoryKiB), Iterations: uint32(settings.Argon2Iterations),
		Parallelism: uint8(settings.Argon2Parallelism),
	}
	limits := service.Limits{
		PerAccount: settings.LoginLimitPerAccount, PerAddress: settings.LoginLimitPerAddress, Window: settings.LoginWindow,
	}
	tokens := auth.NewAccessTokens(settings.JWTSecret, settings.AccessTTL, time.Now)
	hasher := auth.NewHasher(cost, runtime.NumCPU())
	accounts := service.NewAccounts(store, store, limits, hasher, tokens, settings.RefreshTTL, time.Now)
	return httpapi.New(accounts, service.NewEvents(store, time.Now), service.NewBookings(store, time.Now), tokens, store.Ping)
}

// serve answers until the context ends, then lets requests under way end.
func serve(ctx context.Context, server *http.Server, api *httpapi.API) error {
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.InfoContext(ctx, "listening", "address", server.Addr)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	slog.InfoContext(ctx, "stopping")
	api.Stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(grace); errors.Is(err, context.DeadlineExceeded) {
		slog.WarnContext(ctx, "requests were cut off")
		return server.Close()
	} else if err != nil {
		return err
	}
	return nil
}
