"""A document beside the code: what both have, what only one has, and documents of other services."""

import json

from backend_agent.facts import openapi
from backend_agent.model import Endpoint, Route
from backend_agent.repository.files import Repository

YAML = """openapi: 3.1.0
servers:
  - url: https://api.example.com/v1
paths:
  /invoices:
    get:
      summary: all
    post:
      requestBody: {}
  "/invoices/{invoiceId}":
    parameters: []
    delete:
      summary: one
components:
  schemas:
    get:
      type: object
"""


def endpoints(*routes):
    return tuple(Endpoint(Route(method, path, "h", "a.py", 1)) for method, path in routes)


def operations(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return openapi.documents(Repository(str(tmp_path)))


def test_yaml_and_json_give_the_same_operations(tmp_path):
    content = {
        "servers": [{"url": "https://x/v1"}],
        "paths": {"/invoices": {"get": {}, "post": {}}, "/invoices/{id}": {"delete": {}, "parameters": []}},
    }
    ((_, from_yaml),) = operations(tmp_path, "openapi.yaml", YAML)
    (tmp_path / "openapi.yaml").unlink()
    ((_, from_json),) = operations(tmp_path, "swagger.json", json.dumps(content))

    assert [o.method for o in from_yaml] == [o.method for o in from_json] == ["GET", "POST", "DELETE"]
    assert from_yaml[0].path == "/v1/invoices"


def test_the_difference_is_named_from_both_sides(tmp_path):
    ((path, found),) = operations(tmp_path, "openapi.yaml", YAML)
    note = openapi.compare(path, found, endpoints(("GET", "/v1/invoices"), ("POST", "/v1/invoices"), ("GET", "/v1/health")))

    assert note == (
        "openapi.yaml: 2 of 3 operations are in the code; not in the code: DELETE /v1/invoices/{invoiceId}; "
        "1 routes are not in the document, as GET /v1/health"
    )


def test_a_prefix_that_only_the_code_has_is_no_difference(tmp_path):
    ((path, found),) = operations(tmp_path, "openapi.yaml", YAML)
    note = openapi.compare(
        path, found, endpoints(("GET", "/api/v1/invoices"), ("POST", "/api/v1/invoices"), ("DELETE", "/api/v1/invoices/:id"))
    )

    assert note == "openapi.yaml: 3 of 3 operations are in the code"


def test_the_document_of_another_service_says_nothing(tmp_path):
    ((path, found),) = operations(tmp_path, "openapi.yaml", YAML)

    assert openapi.compare(path, found, endpoints(("GET", "/users"))) == ""


def test_broken_documents_are_left_alone(tmp_path):
    assert operations(tmp_path, "openapi.json", "{" * 1000) == []
