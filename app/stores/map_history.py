"""Which versions of a map to keep: the newest, one for each of the last hours, one for each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_NEWEST = 3
_HOURS = 12
_DAYS = 30
_HOUR_S = 3600.0
_DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Version:
    """One saved state of a map; numbers grow, clocks may jump."""

    number: int
    saved_s: float


def versions_to_keep(versions: Sequence[Version]) -> set[int]:
    """Numbers of the versions worth keeping, reckoned back from the newest one."""
    ordered = sorted(versions, key=lambda version: version.number, reverse=True)
    keep = {version.number for version in ordered[:_NEWEST]}
    if not ordered:
        return keep
    now_s = ordered[0].saved_s
    for span_s, count in ((_HOUR_S, _HOURS), (_DAY_S, _DAYS)):
        newest: dict[int, int] = {}
        for version in ordered:
            age = int((now_s - version.saved_s) // span_s)
            if 0 <= age < count:
                newest.setdefault(age, version.number)
        keep |= set(newest.values())
    return keep
