"""openapi.yaml as a judge: every answer of a service is held to what the document says of its path, method and status."""

import functools
import re
import uuid
from dataclasses import dataclass
from typing import Any

import jsonschema
import requests
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from contract_suite.stacks import ROOT, ContractError

CONTRACT = ROOT / "variants" / "contract"
METHODS = ("get", "post", "put", "patch", "delete")
STATUS_OF_CODE = {
    "already_booked": 409,
    "capacity_below_booked": 409,
    "forbidden": 403,
    "idempotency_key_missing": 400,
    "idempotency_key_reused": 422,
    "internal": 500,
    "invalid": 422,
    "invalid_state": 409,
    "malformed": 400,
    "method_not_allowed": 405,
    "not_found": 404,
    "payload_too_large": 413,
    "precondition_failed": 412,
    "precondition_required": 428,
    "rate_limited": 429,
    "sold_out": 409,
    "unauthorized": 401,
    "unavailable": 503,
    "unsupported_media_type": 415,
}
_INNARDS = re.compile(
    r"traceback|stack ?trace|\bSELECT\b|\bINSERT INTO\b|\bUPDATE \w+ SET\b|sqlalchemy|asyncpg|psycopg|postgres|drizzle|nestjs|hibernate|"
    r"springframework|\bjava\.|\bsqlx\b|\bpgx\b|panicked|goroutine|node_modules|\.py\b|\.rs\b|\.go:\d|_key\b.*constraint",
)
_CHECKER = jsonschema.FormatChecker(formats=())


@_CHECKER.checks("date-time")
def _moment(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", value))


@_CHECKER.checks("uuid", raises=ValueError)
def _uuid(value: object) -> bool:
    return not isinstance(value, str) or str(uuid.UUID(value)) == value


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    told: Any

    @property
    def id(self) -> str:
        return str(self.told["operationId"])

    @property
    def public(self) -> bool:
        return self.told.get("security") == []


@functools.cache
def document() -> Any:
    return yaml.safe_load((CONTRACT / "openapi.yaml").read_text(encoding="utf-8"))


@functools.cache
def operations() -> tuple[Operation, ...]:
    return tuple(Operation(m.upper(), path, told[m]) for path, told in document()["paths"].items() for m in METHODS if m in told)


def operation(method: str, path: str) -> "Operation | None":
    for one in operations():
        if one.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one.path), path.split("?")[0]):
            return one
    return None


def check(response: requests.Response, method: str, path: str) -> None:
    """Raises ContractError where the answer is not one that the document allows."""
    asked = operation(method, path)
    if asked is None:
        known = any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one.path), path.split("?")[0]) for one in operations())
        _must(response, response.status_code == (405 if known else 404), "an unknown path is 404, an unknown method 405")
        _must(response, not known or "allow" in response.headers, "405 names the methods in Allow")
        _problem(response)
        return
    told = asked.told["responses"].get(str(response.status_code))
    _must(response, told is not None, f"{asked.id} documents {', '.join(asked.told['responses'])}")
    told = _followed(told)
    for name, header in told.get("headers", {}).items():
        _must(response, not header.get("required") or name in response.headers, f"the header {name} is required")
        if name in response.headers:
            _held(response, header["schema"], response.headers[name], f"header {name}")
    if "content" not in told:
        _must(response, not response.content, "this answer has no body")
        return
    media, content = next(iter(told["content"].items()))
    _must(response, response.headers.get("content-type", "").split(";")[0].strip() == media, f"the media type is {media}")
    _held(response, content["schema"], _json(response), "body")
    if media == "application/problem+json":
        _problem(response)


def held(schema: str, value: object) -> None:
    """A value against one of the document's schemas, for what does not come as an answer: the data of a webhook."""
    found = list(_validator({"$ref": f"#/components/schemas/{schema}"}).iter_errors(value))
    if found:
        raise ContractError(f"not a {schema}: {found[0].message}\n{value}")


def _problem(response: requests.Response) -> None:
    _must(response, response.headers.get("content-type", "").split(";")[0] == "application/problem+json", "errors are problems")
    body = _json(response)
    _held(response, {"$ref": "#/components/schemas/Problem"}, body, "problem")
    _must(response, body["status"] == response.status_code, "the status in the body is that of the answer")
    _must(response, body["type"] == f"urn:problem:{body['code']}", "type is urn:problem:CODE")
    _must(response, STATUS_OF_CODE[body["code"]] == response.status_code, f"{body['code']} is {STATUS_OF_CODE[body['code']]}")
    _must(response, body["code"] != "invalid" or body.get("errors"), "a validation error names its fields")
    _must(response, not _INNARDS.search(response.text), "no stack trace, SQL or class name leaves the service")


def _held(response: requests.Response, schema: Any, value: object, what: str) -> None:
    found = sorted(_validator(schema).iter_errors(value), key=lambda error: list(map(str, error.path)))
    if found:
        place = "/".join(map(str, found[0].path))
        raise ContractError(f"{what} does not conform at /{place}: {found[0].message}\n{shown(response)}")


def _validator(schema: Any) -> jsonschema.Draft202012Validator:
    whole = {"$id": "urn:box-office", "components": document()["components"]}
    registry = Registry().with_resource("urn:box-office", DRAFT202012.create_resource(whole))  # type: ignore[var-annotated]
    return jsonschema.Draft202012Validator(_absolute(schema), registry=registry, format_checker=_CHECKER)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: f"urn:box-office{value}" if key == "$ref" and value[0] == "#" else _absolute(value) for key, value in schema.items()}
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema


def _followed(told: Any) -> Any:
    while "$ref" in told:
        target = document()
        for part in told["$ref"][2:].split("/"):
            target = target[part]
        told = target
    return told


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        raise ContractError(f"the body is not JSON\n{shown(response)}") from None


def _must(response: requests.Response, good: object, rule: str) -> None:
    if not good:
        raise ContractError(f"{rule}\n{shown(response)}")


def shown(response: requests.Response) -> str:
    asked = response.request
    body = asked.body if isinstance(asked.body, str) else (asked.body or b"")[:400] if isinstance(asked.body, (bytes, type(None))) else "…"
    headers = {name: value for name, value in response.headers.items() if name.lower() not in {"date", "connection", "server"}}
    return f"{asked.method} {asked.url}\n  {body!r}\n→ {response.status_code} {headers}\n  {response.text[:600]}"
