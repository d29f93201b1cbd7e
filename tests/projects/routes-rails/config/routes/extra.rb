get "/up" => redirect("/status")
get "/notes/:id(.:format)", controller: "notes", action: :show
resources :tags
