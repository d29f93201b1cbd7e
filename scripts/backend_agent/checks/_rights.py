"""Where a right to an object may be asked without a word of its owner in the handler: guards, decorators and rules that are not read."""

import re

from backend_agent.checks import _ahead, _database
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of
from backend_agent.model import Endpoint

_PLAIN = re.compile(
    r"(?i)auth(?!or(?!i))|log_?(?:ged_?)?in|sign_?(?:ed_?)?in|jwt|token|session|user|bearer|passport|protect|identity|principal|secured|guard$"
)
"""Names of what asks who is calling, and for nothing else."""
_RULES = re.compile(
    r"(?i)\bcasbin\b|\bEnforce\(|\bOpenFga|\bcerbos\b|\boso\.(?:authorize|is_allowed)|spicedb|\bketo\b|\bopa\b.{0,40}\brego\b"
)


def doubt(context: Context, endpoint: Endpoint, tenants: bool) -> str:
    """What may look at the right to an object besides the handler; "" where nothing is seen that could."""
    named = endpoint.route.guard.name
    if named and not _PLAIN.search(named):
        return f"whether {named} looks at the object as well"
    other = next((name for name in _ahead.unknown(context, endpoint) if not _PLAIN.search(name)), "")
    if other:
        return f"whether `{other}` looks at the object"
    if place := _ruled(context):
        return f"whether the rules behind {place} let the caller through"
    return "whether rows of more than one of its owners lie in this database" if tenants else ""


def _ruled(context: Context) -> str:
    """A file that lets an engine of rules decide who may do what, "" where none does."""
    kept: str | None = getattr(context, "_ruled", None)
    if kept is None:
        paths = (p for p in context.repository.paths if language_of(p) and not _database.is_test(p))
        kept = next((p for p in paths if _RULES.search(context.repository.read(p))), "")
        context._ruled = kept  # type: ignore[attr-defined]
    return kept
