import json
import logging
import sys

import pytest

from box_office.telemetry import JsonFormatter, Trace

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_valid_trace_is_continued() -> None:
    trace = Trace.continued_from(f"00-{TRACE_ID}-00f067aa0ba902b7-01")

    assert trace.trace_id == TRACE_ID
    assert trace.span_id != "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"ff-{TRACE_ID}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID}-00f067aa0ba902b7-01-more",
        f"00-{TRACE_ID.upper()}-00f067aa0ba902b7-01",
    ],
)
def test_an_invalid_trace_is_replaced(header: str) -> None:
    assert Trace.continued_from(header).trace_id != TRACE_ID


@pytest.mark.parametrize(
    "secret",
    [
        "ada@example.org",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Bearer abc.def",
    ],
)
def test_what_has_no_business_in_a_log_is_taken_out(secret: str) -> None:
    try:
        raise ValueError(f"in an error: {secret}")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "in a message: %s", (secret,), sys.exc_info())

    line = JsonFormatter().format(record)

    assert secret not in line
    assert json.loads(line)["message"] == "in a message: [redacted]"


def test_a_line_is_one_object_with_its_trace() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "two\nlines", (), None)

    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert {"time", "level", "message", "trace_id", "span_id"} <= json.loads(line).keys()
