"""Tasks as people type them: `explore`, `go-to kitchen`, `go-to 3.2,1.5`, `dock`.

Hyphens on the command line, underscores in JSON.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from homebody.errors import InputError

_SOURCE = "task"
_NUMBERS = re.compile(r"^[\s\d.,+\-eE]+$")
_KNOWN = "explore | go-to ROOM | go-to X,Y[,YAW] | dock"


@dataclass(frozen=True, slots=True)
class TaskWords:
    """A task's type and arguments, as they go into a request."""

    type: str
    args: dict[str, Any] = field(default_factory=dict)


def parse_task(words: str) -> TaskWords:
    """Understand one task.

    Raises:
        InputError: Naming the word that is wrong and what is allowed.
    """
    name, _, rest = words.strip().partition(" ")
    kind, rest = name.replace("-", "_").casefold(), rest.strip()
    if kind in ("explore", "dock"):
        if rest:
            raise InputError(_SOURCE, f"argument of {name}", rest, "none")
        return TaskWords(kind)
    if kind == "go_to":
        return TaskWords(kind, _place(rest))
    raise InputError(_SOURCE, "type", name, _KNOWN)


def parse_numbers(text: str, source: str, names: tuple[str, ...], n_required: int) -> list[float]:
    """Comma-separated finite numbers, at least `n_required` of those named.

    Raises:
        InputError: Naming the number that is wrong or missing.
    """
    parts = [part.strip() for part in text.split(",")]
    allowed = ",".join(names[:n_required]) + "".join(f"[,{n}]" for n in names[n_required:])
    if not n_required <= len(parts) <= len(names):
        raise InputError(source, "place", text, allowed)
    numbers = []
    for name, part in zip(names, parts, strict=False):
        try:
            number = float(part)
        except ValueError as problem:
            raise InputError(source, name, part, f"a number, as in {allowed}") from problem
        if not math.isfinite(number):
            raise InputError(source, name, part, "a finite number")
        numbers.append(number)
    return numbers


def _place(text: str) -> dict[str, Any]:
    if not text:
        raise InputError(_SOURCE, "place", text, "a room's name or X,Y[,YAW] in metres and radians")
    if _NUMBERS.match(text) and any(c.isdigit() for c in text):
        names = ("x", "y", "yaw")
        return dict(zip(names, parse_numbers(text, _SOURCE, names, 2), strict=False))
    return {"room": text}
