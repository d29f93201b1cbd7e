from flask import Blueprint, abort, g

bp = Blueprint("orders", __name__, url_prefix="/orders")
lines = Blueprint("lines", __name__, url_prefix="/<int:order_id>/lines")
bp.register_blueprint(lines)


@bp.before_request
def check_key():
    if g.get("key") is None:
        abort(401)


@bp.get("/")
def index():
    return []


@lines.post("")
def add_line(order_id):
    return {}
