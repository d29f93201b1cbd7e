"""Code on the pages that needs nothing installed is run and does what its page says; the rest compiles (test_skill)."""

import hashlib
import hmac

from skill_pages import blocks


def _run(page: str) -> "dict[str, object]":
    names: dict[str, object] = {}
    exec(compile(blocks(page, "python")[0], page, "exec"), names)
    return names


def test_a_webhook_is_believed_only_with_its_signature_and_while_it_is_young():
    signed = _run("resources/jobs.md")["signed"]
    good = hmac.new(b"key", b"100.body", hashlib.sha256).hexdigest()

    assert signed(b"key", "100", b"body", good, now=101.0)
    assert not signed(b"key", "100", b"other", good, now=101.0)
    assert not signed(b"key", "100", b"body", good, now=1000.0)
    assert not signed(b"key", "-1e3", b"body", good, now=101.0)


def test_a_loader_answers_in_the_order_of_its_keys_with_gaps_filled():
    in_order = _run("resources/graphql.md")["in_order"]

    assert in_order([3, 1, 2], [(1, "a"), (3, "b"), (1, "c")]) == [["b"], ["a", "c"], []]
