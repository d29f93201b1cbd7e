"""Make sure that this Python and its packages serve, before anything else is imported. Any Python 3 can read this file."""


def ensure():  # type: ignore[no-untyped-def]
    """Leave a Python that can import what the scripts need. (The real one is on its way.)"""
