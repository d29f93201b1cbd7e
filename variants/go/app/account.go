package boxoffice

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// Account is a person who can sign in.
type Account struct {
	ID           uuid.UUID
	Email        string
	PasswordHash string
	CreatedAt    time.Time
}

// NormalizeEmail gives the one spelling under which an address is stored and counted.
func NormalizeEmail(address string) string {
	return strings.ToLower(strings.TrimSpace(address))
}

// RefreshToken is one link of a chain that begins with a login: each use spends it and adds the next.
type RefreshToken struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	FamilyID  uuid.UUID
	Hash      []byte
	ExpiresAt time.Time
	UsedAt    *time.Time
	RevokedAt *time.Time
}

// Spent says whether the token has been used before: then somebody has a copy of it.
func (t RefreshToken) Spent() bool { return t.UsedAt != nil }

// Alive says whether the token's family still stands and its time has not run out.
func (t RefreshToken) Alive(now time.Time) bool {
	return t.RevokedAt == nil && now.Before(t.ExpiresAt)
}
