"""`typing.NamedTuple` without `typing`, which costs half a start of Python: for the modules that every detection imports.

    TYPE_CHECKING = False
    if TYPE_CHECKING:
        from typing import NamedTuple
    else:
        from backend_agent.records import NamedTuple

Fields in order, defaults, methods and docstrings work as there; type checkers see the original.
"""

import sys
from collections import namedtuple

if sys.version_info >= (3, 14):  # annotations are no longer plain entries of a class body
    from typing import NamedTuple
else:

    class _Record(type):
        def __new__(cls, name, bases, body):  # type: ignore[no-untyped-def]
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = list(body.get("__annotations__", ()))
            defaults = [body[field] for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])  # type: ignore[misc]
            kept = {"__module__", "__qualname__", "__dict__", "__weakref__", "__classcell__"}
            for key, value in body.items():
                if key not in kept and key not in fields:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Record):
        """The base of a record; what is made from it is a plain named tuple."""


__all__ = ["NamedTuple"]
