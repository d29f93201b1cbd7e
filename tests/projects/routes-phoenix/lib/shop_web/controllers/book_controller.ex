defmodule ShopWeb.BookController do
  use ShopWeb, :controller

  plug Guardian.Plug.EnsureAuthenticated when action in [:create, :delete]

  def index(conn, _params), do: conn
  def show(conn, _params), do: conn
  def create(conn, _params), do: conn
  def delete(conn, _params), do: conn
  def cover(conn, _params), do: conn
end
