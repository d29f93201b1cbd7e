Rails.application.routes.draw do
  root "home#index"

  concern :rateable do
    post :rate, on: :member
  end

  namespace :admin, path: "back" do
    resources :reports, only: %i[index show] do
      collection { get :summary }
    end
  end

  scope "/api(/:locale)", module: nil do
    resources :books, param: :isbn, except: [:new, :edit], concerns: :rateable do
      resources :reviews, shallow: true, only: [:index, :show]
      get :cover
    end
    resource :profile, only: [:show, :update]
  end

  %w[day week].each { |span| get "stats/#{span}", to: "stats##{span}" }
  match "search", to: "home#search", via: [:get, :post]
  draw :extra
  mount Sidekiq::Web => "/jobs"
  devise_for :members, path: "people", skip: [:passwords]
end
