from functools import wraps

from flask import abort, request
from flask_restful import Resource


def warehouse_only(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if "X-Key" not in request.headers:
            abort(403)
        return view(*args, **kwargs)

    return inner


def timed(view):
    @wraps(view)
    def inner(*args, **kwargs):
        return view(*args, **kwargs)

    return inner


class StockResource(Resource):
    @timed
    def get(self, sku=None):
        return {}

    @warehouse_only
    def put(self, sku=None):
        return {}
