class ApplicationController < ActionController::Base
  include Signing
  before_action :require_member

  private

  def require_member
    redirect_to "/people/sign_in" unless current_member
  end
end
