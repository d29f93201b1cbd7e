defmodule ShopWeb.Hooks do
  use Plug.Router

  plug :match
  plug :dispatch

  post "/stripe" do
    send_resp(conn, 200, "")
  end

  match _ do
    send_resp(conn, 404, "")
  end
end
