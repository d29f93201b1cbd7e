defmodule ShopWeb.Endpoint do
  use Phoenix.Endpoint, otp_app: :shop

  socket "/socket", ShopWeb.UserSocket, websocket: true
  plug ShopWeb.Router
end
