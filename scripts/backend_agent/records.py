"""`typing.NamedTuple` without `typing`, which costs half a start of Python: for the modules that every start imports.

    TYPE_CHECKING = False
    if TYPE_CHECKING:
        from typing import NamedTuple
    else:
        from backend_agent.records import NamedTuple

Fields in order, defaults, methods and docstrings work as there; type checkers see the original. `collections.namedtuple` compiles a text
for each class, which is most of what importing a module of records costs; here the code that makes a record is compiled once for each
number of fields.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING or sys.version_info >= (3, 14):  # annotations are no longer plain entries of a class body
    from typing import NamedTuple
else:
    from _collections import _tuplegetter

    _new = tuple.__new__
    _makers = {
        1: lambda _cls, a: _new(_cls, (a,)),
        2: lambda _cls, a, b: _new(_cls, (a, b)),
        3: lambda _cls, a, b, c: _new(_cls, (a, b, c)),
        4: lambda _cls, a, b, c, d: _new(_cls, (a, b, c, d)),
        5: lambda _cls, a, b, c, d, e: _new(_cls, (a, b, c, d, e)),
        6: lambda _cls, a, b, c, d, e, f: _new(_cls, (a, b, c, d, e, f)),
        7: lambda _cls, a, b, c, d, e, f, g: _new(_cls, (a, b, c, d, e, f, g)),
        8: lambda _cls, a, b, c, d, e, f, g, h: _new(_cls, (a, b, c, d, e, f, g, h)),
    }

    def _maker(fields):
        """The `__new__` of a record: its parameters have the names of the fields."""
        known = _makers.get(len(fields))
        if known is None:
            names = ", ".join(f"_{number}" for number in range(len(fields)))
            known = _makers[len(fields)] = eval(f"lambda _cls, {names}: _new(_cls, ({names}))", {"_new": _new})  # noqa: S307
        return type(known)(known.__code__.replace(co_varnames=("_cls", *fields), co_name="__new__"), known.__globals__, "__new__")

    class _Methods:
        """What all records can do."""

        @classmethod
        def _make(cls, values):
            made = _new(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"expected {len(cls._fields)} arguments, got {len(made)}")
            return made

        def _replace(self, **values):
            made = self._make(map(values.pop, self._fields, self))
            if values:
                raise ValueError(f"got unexpected field names: {list(values)!r}")
            return made

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            told = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({told})"

        def __getnewargs__(self):
            return tuple(self)

    _SHARED = {name: value for name, value in vars(_Methods).items() if name not in {"__dict__", "__weakref__", "__module__", "__doc__"}}
    _LEFT = frozenset({"__dict__", "__weakref__", "__classcell__"})

    class _Record(type):
        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body[field] for field in fields if field in body}
            maker = _maker(fields)
            maker.__defaults__ = tuple(defaults.values())
            maker.__qualname__ = f"{name}.__new__"
            made = {key: value for key, value in body.items() if key not in _LEFT and key not in defaults}
            made |= {field: _tuplegetter(number, f"Alias for field number {number}") for number, field in enumerate(fields)}
            made |= {"__slots__": (), "_fields": fields, "_field_defaults": defaults, "__match_args__": fields, "__new__": maker}
            return type(name, (tuple,), {**_SHARED, **made})

    class NamedTuple(metaclass=_Record):
        """The base of a record; what is made from it is a plain tuple with names."""


__all__ = ["NamedTuple"]
