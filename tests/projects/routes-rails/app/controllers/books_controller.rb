class BooksController < ActionController::API
  before_action :authenticate_member!, except: [:index, :show]
  before_action :token_if_any

  def index; end

  def show; end

  def create; end

  def update; end

  def destroy; end

  def rate; end

  def cover; end

  private

  def token_if_any
    if request.headers["Authorization"].present?
      head :unauthorized unless decode(request.headers["Authorization"])
    end
  end
end
