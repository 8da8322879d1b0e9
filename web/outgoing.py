"""Decides what one browser is sent next: the newest of each channel that it lacks, not too often.

A slow browser is asked again only when it has taken the last message, so what it missed meanwhile
is skipped and nothing piles up.
"""

from __future__ import annotations

from collections.abc import Iterable

from web.hub import Entry


class Outgoing:
    """What one browser has been sent and when."""

    def __init__(self, period_min_s: float) -> None:
        self._period_min_s = period_min_s
        self._sent: dict[str, tuple[int, float]] = {}

    def due(self, entries: Iterable[Entry], now_s: float) -> tuple[Entry | None, float | None]:
        """What to send now, else for how many seconds the next must wait; both None: it has all.

        The channel that was served longest ago goes first, so that none is starved.
        """
        fresh = [entry for entry in entries if self._is_new(entry)]
        if not fresh:
            return None, None
        first = min(fresh, key=self._last_sent_s)
        wait_s = self._last_sent_s(first) + self._period_min_s - now_s
        return (first, None) if wait_s <= 0.0 else (None, wait_s)

    def mark_sent(self, entry: Entry, now_s: float) -> None:
        self._sent[entry.key] = (entry.revision, now_s)

    def forget(self, entries: Iterable[Entry]) -> None:
        """Drop the memory of all but these entries."""
        keys = {entry.key for entry in entries}
        self._sent = {key: value for key, value in self._sent.items() if key in keys}

    def _is_new(self, entry: Entry) -> bool:
        return entry.key not in self._sent or self._sent[entry.key][0] < entry.revision

    def _last_sent_s(self, entry: Entry) -> float:
        return self._sent[entry.key][1] if entry.key in self._sent else float("-inf")
