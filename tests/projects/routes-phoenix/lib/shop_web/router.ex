defmodule ShopWeb.Router do
  use ShopWeb, :router

  import ShopWeb.UserAuth

  pipeline :api do
    plug :accepts, ["json"]
  end

  pipeline :members do
    plug :require_member
  end

  defmacro report_routes(options) do
    base = Keyword.get(options, :at, "/reports")

    quote do
      scope unquote(base), ShopWeb do
        get "/daily", ReportController, :daily
      end
    end
  end

  scope "/api", ShopWeb do
    pipe_through :api

    resources "/books", BookController, except: [:new, :edit] do
      get "/cover", BookController, :cover
    end

    scope "/me" do
      pipe_through [:members]
      get "/", MemberController, :show
      resources "/session", SessionController, singleton: true, only: [:create, :delete]
    end

    for kind <- ~w(day week) do
      get "/stats/#{kind}", StatsController, :show
    end
  end

  report_routes(at: "/figures")

  live_session :members, on_mount: [{ShopWeb.UserAuth, :ensure_authenticated}] do
    live "/desk", ShopWeb.DeskLive, :index
  end

  forward "/hooks", ShopWeb.Hooks
  match :*, "/*rest", ShopWeb.FallbackController, :missing
end
