"""What most places of a service do is the project's way: no fault to tell, but a question."""

ENOUGH = 5
"""Places below which a habit cannot be told from one person's oversight."""


def way(doing: int, places: int, what: str) -> str:
    """The doubt about each of `doing` places that do what a check warns of, among `places` of their kind; "" where most do otherwise."""
    if doing < ENOUGH or doing * 2 <= places:
        return ""
    return f"{doing} of {places} {what} do it: the project's way"
