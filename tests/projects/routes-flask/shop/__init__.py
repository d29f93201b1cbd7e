from flask import Flask
from flask_restful import Api

from shop import orders, users
from shop.stock import StockResource

api = Api(prefix="/rest")


def create_app(config=None):
    app = Flask(__name__)
    register_blueprints(app)
    api.add_resource(StockResource, "/stock", "/stock/<int:sku>")
    api.init_app(app)
    return app


def register_blueprints(app):
    prefixes = {users.views.blueprint: "/people"}
    for blueprint, prefix in prefixes.items():
        app.register_blueprint(blueprint, url_prefix=prefix)
    app.register_blueprint(orders.bp)
