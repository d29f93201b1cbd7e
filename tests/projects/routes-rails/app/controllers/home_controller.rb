class HomeController < ApplicationController
  skip_before_action :require_member, only: [:index]

  def index
  end

  def search
  end
end
