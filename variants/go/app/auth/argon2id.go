// Package auth makes and checks what proves who is calling: password hashes, access tokens, refresh tokens.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	saltBytes = 16
	hashBytes = 32
)

// Cost is how much work a hash takes.
type Cost struct {
	MemoryKiB   uint32
	Iterations  uint32
	Parallelism uint8
}

// Hasher hashes passwords with Argon2id. Only so many at a time: each takes MemoryKiB, and a flood of logins must not take it all.
type Hasher struct {
	cost  Cost
	slots chan struct{}
	dummy string
}

// NewHasher prepares a hasher, and the hash that unknown accounts are checked against.
func NewHasher(cost Cost, atATime int) *Hasher {
	return &Hasher{cost, make(chan struct{}, atATime), encode(cost, random(saltBytes), random(hashBytes))}
}

// Hash gives the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := random(saltBytes)
	hash, err := h.derive(ctx, h.cost, password, salt, hashBytes)
	if err != nil {
		return "", err
	}
	return encode(h.cost, salt, hash), nil
}

// Verify says whether the password made the hash, and whether the hash should be renewed because the cost has changed since.
func (h *Hasher) Verify(ctx context.Context, password, encoded string) (matches, outdated bool, err error) {
	cost, salt, want, err := decode(encoded)
	if err != nil {
		return false, false, err
	}
	got, err := h.derive(ctx, cost, password, salt, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, cost != h.cost, nil
}

// VerifyNobody takes the time of a check that fails, so that an unknown account answers like a wrong password.
func (h *Hasher) VerifyNobody(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, password, h.dummy)
	return err
}

func (h *Hasher) derive(ctx context.Context, cost Cost, password string, salt []byte, length uint32) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, cost.Iterations, cost.MemoryKiB, cost.Parallelism, length), nil
}

func encode(cost Cost, salt, hash []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, cost.MemoryKiB, cost.Iterations, cost.Parallelism, b64(salt), b64(hash))
}

func decode(encoded string) (cost Cost, salt, hash []byte, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, fmt.Errorf("not an argon2id hash of version %d", argon2.Version)
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.MemoryKiB, &cost.Iterations, &cost.Parallelism); err != nil {
		return cost, nil, nil, fmt.Errorf("read the hash's cost: %w", err)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return cost, nil, nil, fmt.Errorf("read the hash's salt: %w", err)
	}
	if hash, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return cost, nil, nil, fmt.Errorf("read the hash: %w", err)
	}
	return cost, salt, hash, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: the runtime ends the process first
	return b
}
