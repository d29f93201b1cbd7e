package mixed

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

func Chi() http.Handler {
	r := chi.NewRouter()
	r.Get("/ping", ping)
	r.Route("/users", func(r chi.Router) {
		r.With(requireAdmin).Delete("/{id}", ping)
		r.Get("/{id}", ping)
	})
	r.Mount("/files", files{}.Routes())
	return r
}

type files struct{}

func (f files) Routes() chi.Router {
	r := chi.NewRouter()
	r.Group(func(r chi.Router) {
		r.Use(requireAdmin)
		r.Put("/{name}", ping)
	})
	r.Get("/{name}", ping)
	return r
}

func requireAdmin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no", http.StatusForbidden)
	})
}

func ping(w http.ResponseWriter, r *http.Request) {}
