"""Make sure that this Python and its packages serve, before anything else is imported. Any Python 3 can read this file."""


def ensure() -> None:
    """Leave a Python that can import what the scripts need. (The real one is on its way.)"""


def heal(error: BaseException) -> None:
    """Rebuild what cannot be imported. (The real one is on its way.)"""
