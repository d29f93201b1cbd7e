package mixed

import (
	"net/http"

	"github.com/gorilla/mux"
)

func Mux() *mux.Router {
	r := mux.NewRouter()
	s := r.PathPrefix("/things").Subrouter()
	s.HandleFunc("/{id:[0-9]+}", ping).Methods("GET", http.MethodPut)
	s.Use(requireAdmin)
	return r
}
