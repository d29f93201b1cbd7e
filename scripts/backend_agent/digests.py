"""`hashlib` without OpenSSL, which takes half a start of Python to load: what is hashed here is small."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import blake2b, sha256
else:
    try:
        from _blake2 import blake2b

        try:
            from _sha2 import sha256
        except ImportError:  # before Python 3.12
            from _sha256 import sha256
    except ImportError:  # a Python with another library
        from hashlib import blake2b, sha256

__all__ = ["blake2b", "sha256"]
