package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"example.com/boxoffice/auth"
)

var (
	cheap   = auth.Cost{MemoryKiB: 8, Iterations: 1, Parallelism: 1}
	secret  = []byte(strings.Repeat("s", 32))
	now     = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	account = uuid.New()
)

func clock() time.Time { return now }

func TestAPasswordMatchesItsOwnHashOnly(t *testing.T) {
	hasher := auth.NewHasher(cheap, 1)
	hash, err := hasher.Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"correct horse battery": true, "correct horse batterz": false, "": false} {
		if got, outdated, err := hasher.Verify(t.Context(), password, hash); err != nil || got != want || outdated {
			t.Errorf("%q: got %v, outdated %v, %v", password, got, outdated, err)
		}
	}
}

func TestAHashOfAnotherCostStillMatchesAndIsOutdated(t *testing.T) {
	hash, err := auth.NewHasher(cheap, 1).Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	dearer := auth.Cost{MemoryKiB: 16, Iterations: 2, Parallelism: 1}

	matches, outdated, err := auth.NewHasher(dearer, 1).Verify(t.Context(), "correct horse battery", hash)

	if err != nil || !matches || !outdated {
		t.Errorf("got %v, %v, %v", matches, outdated, err)
	}
}

func TestWhatIsNoArgon2idHashIsAnError(t *testing.T) {
	hasher := auth.NewHasher(cheap, 1)
	for _, hash := range []string{"", "plain", "$argon2i$v=19$m=8,t=1,p=1$YWJj$YWJj", "$argon2id$v=19$m=x$YWJj$YWJj", "$argon2id$v=19$m=8,t=1,p=1$!$YWJj"} {
		if _, _, err := hasher.Verify(t.Context(), "x", hash); err == nil {
			t.Errorf("%q was read", hash)
		}
	}
}

func TestATokenComesBackAsItsAccount(t *testing.T) {
	tokens := auth.NewAccessTokens(secret, time.Minute, clock)
	signed, err := tokens.Sign(account)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tokens.Verify(signed); err != nil || got != account {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestATokenEndsAtItsTime(t *testing.T) {
	signed, err := auth.NewAccessTokens(secret, time.Minute, clock).Sign(account)
	if err != nil {
		t.Fatal(err)
	}
	for later, valid := range map[time.Duration]bool{time.Minute: true, 66 * time.Second: false} {
		tokens := auth.NewAccessTokens(secret, time.Minute, func() time.Time { return now.Add(later) })
		if _, err := tokens.Verify(signed); (err == nil) != valid {
			t.Errorf("after %v: %v", later, err)
		}
	}
}

func TestATokenThatLacksOrBendsAnythingIsRefused(t *testing.T) {
	good := func() jwt.MapClaims {
		return jwt.MapClaims{
			"iss": "box-office", "aud": "box-office-api", "sub": account.String(), "jti": "1",
			"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		}
	}
	sign := func(method jwt.SigningMethod, key any, kind string, claims jwt.MapClaims) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["typ"] = kind
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	without := func(name string) jwt.MapClaims { c := good(); delete(c, name); return c }
	with := func(name string, value any) jwt.MapClaims { c := good(); c[name] = value; return c }
	tokens := auth.NewAccessTokens(secret, time.Minute, clock)
	if _, err := tokens.Verify(sign(jwt.SigningMethodHS256, secret, "at+jwt", good())); err != nil {
		t.Fatalf("the good one is refused: %v", err)
	}
	for name, signed := range map[string]string{
		"no signature":    sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "at+jwt", good()),
		"other algorithm": sign(jwt.SigningMethodHS512, secret, "at+jwt", good()),
		"other secret":    sign(jwt.SigningMethodHS256, []byte(strings.Repeat("t", 32)), "at+jwt", good()),
		"other type":      sign(jwt.SigningMethodHS256, secret, "JWT", good()),
		"other issuer":    sign(jwt.SigningMethodHS256, secret, "at+jwt", with("iss", "other")),
		"other audience":  sign(jwt.SigningMethodHS256, secret, "at+jwt", with("aud", "other")),
		"from the future": sign(jwt.SigningMethodHS256, secret, "at+jwt", with("iat", now.Add(time.Minute).Unix())),
		"no account":      sign(jwt.SigningMethodHS256, secret, "at+jwt", with("sub", "me")),
		"no iss":          sign(jwt.SigningMethodHS256, secret, "at+jwt", without("iss")),
		"no aud":          sign(jwt.SigningMethodHS256, secret, "at+jwt", without("aud")),
		"no sub":          sign(jwt.SigningMethodHS256, secret, "at+jwt", without("sub")),
		"no iat":          sign(jwt.SigningMethodHS256, secret, "at+jwt", without("iat")),
		"no exp":          sign(jwt.SigningMethodHS256, secret, "at+jwt", without("exp")),
		"no jti":          sign(jwt.SigningMethodHS256, secret, "at+jwt", without("jti")),
		"no token":        "",
	} {
		if _, err := tokens.Verify(signed); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
