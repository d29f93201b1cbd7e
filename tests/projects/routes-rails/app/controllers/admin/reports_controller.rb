module Admin
  class ReportsController < ApplicationController
    def index; end

    def show; end

    def summary; end
  end
end
