"""Requests that nobody thought of, made from the document: no server error, and every answer as it is described."""

import hypothesis
import pytest
import schemathesis
from contract_suite import contract
from contract_suite.client import LIMIT, Api, Person
from hypothesis import strategies
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

EXAMPLES = 15
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
]
OPERATIONS = [one for one in contract.operations() if not one.path.startswith("/health")]
WITH_INPUT = [one for one in OPERATIONS if "requestBody" in one.told or "parameters" in one.told or "{" in one.path]

BOUNDS = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,  # the same requests each time: what fails here fails again
    database=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.fixture(scope="module")
def described() -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_dict(contract.document())


@pytest.fixture
def ids(owner: Person, guest: Person) -> dict[str, str]:
    """Things that are there, of the one who asks, so that requests go further than 404."""
    event = owner.published(capacity=100000)
    owner_books = owner.book(event).json()
    return {"event_id": event["id"], "booking_id": owner_books["id"]}


def test_the_document_has_operations_to_try() -> None:
    assert len(WITH_INPUT) >= 13


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("operation", WITH_INPUT, ids=lambda one: one.id)
def test_no_request_makes_a_server_error(
    described: schemathesis.BaseSchema, api: Api, owner: Person, ids: dict[str, str], operation: contract.Operation, mode: GenerationMode
) -> None:
    drawn = described[operation.path][operation.method].as_strategy(generation_mode=mode)
    tried = []

    @BOUNDS
    @hypothesis.given(case=drawn, real=strategies.booleans())
    def run(case: schemathesis.Case, real: bool) -> None:
        if real:
            case.path_parameters = {**case.path_parameters, **{name: ids[name] for name in ids if f"{{{name}}}" in operation.path}}
        headers = {"Authorization": f"Bearer {owner.access}"}
        response = case.call(base_url=api.url, headers=headers, timeout=LIMIT)
        tried.append(response.status_code)
        case.validate_response(response, checks=CHECKS[:-1] if real else CHECKS)

    run()

    assert len(tried) >= 3, tried
    assert [status for status in tried if status >= 500] == []
