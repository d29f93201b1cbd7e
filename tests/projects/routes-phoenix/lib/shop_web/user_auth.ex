defmodule ShopWeb.UserAuth do
  import Plug.Conn

  def fetch_member(conn, _opts), do: conn

  def require_member(conn, _opts) do
    if conn.assigns[:member] do
      conn
    else
      conn |> send_resp(401, "") |> halt()
    end
  end
end
