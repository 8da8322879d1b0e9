"""One typed way to compile a small numeric kernel with numba, cached on disk between runs.

Numba is only loosely typed; this identity-typed decorator keeps `mypy --strict` honest at callers.
Cost: about a second per kernel and argument types the first time, milliseconds from the cache.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return `function` compiled to machine code on its first call (same arguments and result).

    Dividing by zero gives infinity as in NumPy: raising instead would forbid vector instructions.
    """
    return cast(F, njit(cache=True, error_model="numpy")(function))
