"""The one place where errors become HTTP: problem documents as RFC 9457 has them."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from box_office.errors import DomainError, Invalid, RateLimited

# region: error-map
STATUS = {
    "malformed": 400,
    "idempotency_key_missing": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "already_booked": 409,
    "capacity_below_booked": 409,
    "invalid_state": 409,
    "sold_out": 409,
    "precondition_failed": 412,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "invalid": 422,
    "idempotency_key_reused": 422,
    "precondition_required": 428,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}
CODE_OF_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "payload_too_large"}


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def problem(
    code: str, detail: str, errors: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None
) -> ProblemResponse:
    status = STATUS[code]
    content: dict[str, Any] = {
        "type": f"urn:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        content["errors"] = errors
    return ProblemResponse(content, status, headers)


async def on_domain_error(_: Request, error: DomainError) -> ProblemResponse:
    errors, headers = None, None
    if isinstance(error, Invalid):
        errors = [{"pointer": error.pointer, "detail": error.detail}]
    if isinstance(error, RateLimited):
        headers = {"Retry-After": str(error.retry_after_seconds)}
    if error.code == "unauthorized":
        headers = {"WWW-Authenticate": "Bearer"}
    return problem(error.code, error.detail, errors, headers)


async def on_database_away(_: Request, __: Exception) -> ProblemResponse:
    return problem("unavailable", "The service cannot answer at the moment.", None, {"Retry-After": "1"})


def on_fault() -> ProblemResponse:
    """For everything unknown: the log has the story, the caller has none of it."""
    return problem("internal", "Something went wrong on our side.")


# endregion: error-map


async def on_invalid_request(request: Request, error: RequestValidationError) -> ProblemResponse:
    """What does not fit the schemas. An id that is no id names nothing, so it is not found."""
    found = error.errors()
    if any(item["loc"][0] == "path" for item in found):
        return problem("not_found", "There is nothing at this path.")
    about_whole_body = any(item["loc"] == ("body",) for item in found)
    if about_whole_body and not _is_json(request):
        return problem("unsupported_media_type", "Send application/json.")
    if any(item["type"] == "json_invalid" for item in found) or (about_whole_body and not await request.body()):
        return problem("malformed", "The body is not JSON.")
    errors = [{"pointer": _pointer(item["loc"]), "detail": item["msg"]} for item in found]
    return problem("invalid", "Some values are not valid.", errors)


async def on_http_error(request: Request, error: HTTPException) -> ProblemResponse:
    """What the framework refuses by itself: unknown paths and methods, bodies that are too large."""
    code = CODE_OF_STATUS.get(error.status_code, "malformed")
    headers = {"Allow": ", ".join(_allowed_methods(request))} if code == "method_not_allowed" else None
    return problem(code, HTTPStatus(error.status_code).description or "The request cannot be served.", None, headers)


def add_error_handlers(app: FastAPI) -> None:
    app.exception_handler(DomainError)(on_domain_error)
    app.exception_handler(RequestValidationError)(on_invalid_request)
    app.exception_handler(HTTPException)(on_http_error)
    for error in (OperationalError, InterfaceError, PoolTimeoutError, ConnectionError):
        app.exception_handler(error)(on_database_away)


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json"


def _pointer(location: tuple[int | str, ...]) -> str:
    """A JSON pointer (RFC 6901) into the body; a parameter is its name with a slash before it."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location[1:])


def _allowed_methods(request: Request) -> list[str]:
    """Of all routes at this path: the framework names those of the first one only."""
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path and compile_path(route.path)[0].match(request.url.path):
            methods |= route.methods or set()
    return sorted(methods)
