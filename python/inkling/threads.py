"""How many threads work."""

from __future__ import annotations

from .errors import UsageError

_MOST = 1024


def as_threads(threads: int | None) -> int:
    """As the module takes it: 0 for as many as there are processors.

    Raises
    ------
    UsageError
        Beside 1 to 1024.
    """
    if threads is None:
        return 0
    if not 1 <= threads <= _MOST:
        raise UsageError(f"threads is {threads}, expected 1 to {_MOST}")
    return int(threads)
