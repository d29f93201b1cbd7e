require "grape"

module Shop
  class Orders < Grape::API
    before { authenticate! }

    resource :orders do
      get do
        []
      end

      route_param :id do
        post :refund do
          {}
        end
      end
    end
  end

  class Root < Grape::API
    prefix :api
    version "v1", using: :path

    get "/ping" do
      "pong"
    end

    mount Orders
  end
end

class Pages < Sinatra::Base
  before "/admin/*" do
    halt 401 unless session[:admin]
  end

  get "/admin/users/:id" do
    "user"
  end
end
