package mixed

import "net/http"

func Std() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /std/{id}", ping)
	mux.HandleFunc("/std/old", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			return
		}
	})
	inner := http.NewServeMux()
	inner.HandleFunc("/x", ping)
	mux.Handle("/strip/", http.StripPrefix("/strip", inner))
	return mux
}
