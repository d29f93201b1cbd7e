"""Paths of routes: joined over the routers they hang from, in the spelling of their framework.

What cannot be known is `UNKNOWN`: it stands for one or more whole segments, or for a part of one.
"""

UNKNOWN = "{?}"


def join(prefix: str, path: str) -> str:
    """`prefix` and `path` with exactly one slash between them, and one before them. A trailing slash of `path` stays.

    `join("/api", "/")` is `/api/`, `join("/api", "")` is `/api`, `join("", "")` is `/`; `join("/api", "{?}")` is `/api/{?}`.
    """
    left, right = squeeze(prefix).rstrip("/"), squeeze(path)
    if not right:
        return left if left.startswith("/") else f"/{left}"
    whole = f"{left}/{right.lstrip('/')}"
    return whole if whole.startswith("/") else f"/{whole}"


def squeeze(path: str) -> str:
    """`path` without doubled slashes."""
    while "//" in path:
        path = path.replace("//", "/")
    return path
