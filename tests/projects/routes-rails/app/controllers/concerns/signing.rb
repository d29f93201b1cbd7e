module Signing
  extend ActiveSupport::Concern

  included do
    before_action :remember_locale
  end

  def remember_locale
    session[:locale] = params[:locale]
  end
end
