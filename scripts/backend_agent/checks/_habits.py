"""What a project does in most places is its way: a place that does the same is put to a person, one that departs from it is told."""

ENOUGH = 5
"""Places from which one can speak of a way."""


def doubt(same: int, others: int, what: str) -> str:
    """The doubt about one of `same` places of which the project has `others` that do it the other way; "" where they are the exception."""
    if same < ENOUGH or same <= others:
        return ""
    return f"{_DECIDED}: {same} of {same + others} {what}"


_DECIDED = "whether the project has decided so"


def is_way(clause: str) -> bool:
    """Whether a doubt is about the way of the whole project: asked once, it is answered for all places."""
    return clause.startswith(_DECIDED)
