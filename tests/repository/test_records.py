"""Records are what `typing.NamedTuple` makes, without `typing`."""

import copy
import pickle
import typing

import pytest

from backend_agent import records


class Ours(records.NamedTuple):
    """A place."""

    path: str
    line: int = 1
    names: "tuple[str, ...]" = ()

    @property
    def shown(self):
        return f"{self.path}:{self.line}"

    def moved(self):
        return self._replace(line=self.line + 1)


class Theirs(typing.NamedTuple):
    path: str
    line: int = 1
    names: "tuple[str, ...]" = ()


class Long(records.NamedTuple):
    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: int
    h: int
    i: int
    j: int = 10


def test_a_record_is_a_plain_named_tuple():
    ours, theirs = Ours("a", names=("x",)), Theirs("a", names=("x",))

    assert ours == theirs == ("a", 1, ("x",))
    assert (ours.path, ours.line, ours.names) == tuple(theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert (Ours._fields, Ours._field_defaults, Ours.__match_args__) == (Theirs._fields, Theirs._field_defaults, Theirs.__match_args__)
    assert ours._asdict() == theirs._asdict()
    assert hash(ours) == hash(theirs)
    assert (Ours.__doc__, Ours.__name__, Ours.__module__) == ("A place.", "Ours", __name__)


def test_a_record_has_methods_and_survives_a_copy():
    ours = Ours("a").moved()

    assert ours.shown == "a:2"
    assert isinstance(ours, Ours)
    assert type(pickle.loads(pickle.dumps(ours))) is Ours
    assert copy.copy(ours) == ours
    assert Ours._make(["b", 3, ()]) == Ours("b", 3)
    assert Long(*range(9)) == (*range(9), 10)
    assert Long(*range(9)).i == 8


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Ours(), TypeError),
        (lambda: Ours("a", 1, (), 4), TypeError),
        (lambda: Ours("a", other=1), TypeError),
        (lambda: Ours._make(["a"]), TypeError),
        (lambda: Ours("a")._replace(other=1), (TypeError, ValueError)),
        (lambda: setattr(Ours("a"), "path", "b"), AttributeError),
    ],
)
def test_a_record_refuses_what_is_no_field_of_it(make, error):
    with pytest.raises(error):
        make()
