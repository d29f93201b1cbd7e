class TagsController < ActionController::API
  before_action :authenticate_member!, if: :strict?

  def index; end

  def create; end
end
