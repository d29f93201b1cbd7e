package httpapi

import (
	"net"
	"net/http"
	"regexp"

	"github.com/google/uuid"

	"example.com/boxoffice"
	"example.com/boxoffice/service"
)

var emailAddress = regexp.MustCompile(`^[a-z0-9._%+\-]+@[a-z0-9\-]+(\.[a-z0-9\-]+)+$`)

type tokensAnswer struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
}

type accountAnswer struct {
	ID    uuid.UUID `json:"id"`
	Email string    `json:"email"`
}

func (a *API) register(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(w, r)
	if err != nil {
		return err
	}
	email, password := b.email("email"), b.text("password", 12, 128)
	if err := b.done(); err != nil {
		return err
	}
	if err := a.accounts.Register(r.Context(), email, password, peerAddress(r)); err != nil {
		return err
	}
	return writeJSON(w, http.StatusAccepted, map[string]string{"status": "accepted"})
}

func (a *API) login(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(w, r)
	if err != nil {
		return err
	}
	email, password := b.text("email", 1, 254), b.text("password", 1, 128)
	if err := b.done(); err != nil {
		return err
	}
	tokens, err := a.accounts.Login(r.Context(), email, password, peerAddress(r))
	if err != nil {
		return err
	}
	return writeTokens(w, tokens)
}

func (a *API) refresh(w http.ResponseWriter, r *http.Request) error {
	token, err := readRefreshToken(w, r)
	if err != nil {
		return err
	}
	tokens, err := a.accounts.Refresh(r.Context(), token)
	if err != nil {
		return err
	}
	return writeTokens(w, tokens)
}

func (a *API) logout(w http.ResponseWriter, r *http.Request) error {
	token, err := readRefreshToken(w, r)
	if err != nil {
		return err
	}
	if err := a.accounts.Logout(r.Context(), token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) me(w http.ResponseWriter, r *http.Request) error {
	account, err := a.accounts.Account(r.Context(), caller(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, accountAnswer{account.ID, account.Email})
}

func (b *body) email(name string) string {
	known := len(b.faults)
	email := b.text(name, 3, 254)
	if len(b.faults) == known && !emailAddress.MatchString(boxoffice.NormalizeEmail(email)) {
		b.fault(name, "must be an e-mail address")
	}
	return email
}

func readRefreshToken(w http.ResponseWriter, r *http.Request) (string, error) {
	b, err := readBody(w, r)
	if err != nil {
		return "", err
	}
	token := b.text("refresh_token", 1, 512)
	return token, b.done()
}

func writeTokens(w http.ResponseWriter, tokens service.Tokens) error {
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, http.StatusOK, tokensAnswer{tokens.Access, tokens.Refresh, "Bearer", int(tokens.ExpiresIn.Seconds())})
}

// peerAddress is the other end of the connection. X-Forwarded-For is what a caller writes: behind a proxy, let the proxy's own
// address and a trusted hop decide, in one place, here.
func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
