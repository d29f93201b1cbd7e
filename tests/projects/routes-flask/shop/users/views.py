from flask import Blueprint
from flask.views import MethodView
from flask_jwt_extended import jwt_required

blueprint = Blueprint("users", __name__, url_prefix="/never-used")


class UserView(MethodView):
    decorators = [jwt_required]

    def get(self, user_id):
        return {}

    def delete(self, user_id):
        return {}


blueprint.add_url_rule("/<int:user_id>", view_func=UserView.as_view("user"))


@blueprint.route("/", methods=["GET", "POST"])
@jwt_required(optional=True)
def people():
    return []
