"""A sensor's line to the robot: what is captured arrives after a delay, in order.

One per sensor, with a generator of its own, so that a change in one sensor leaves all others as
they were. Cost: 1 us per message.
"""

from __future__ import annotations

import zlib
from collections import deque
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")

_MESSAGES_MAX = 256
_DRAWN_AT_ONCE = 64


def generator_for(seed: int, name: str) -> np.random.Generator:
    """A random generator of its own for each name, the same in every run of a seed."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


class Channel(Generic[T]):
    """Messages on their way; when nobody reads for long, the oldest are lost.

    Args:
        jitter_share: The delay varies evenly by up to this share of itself.
        jitter_s: It is longer by up to this, evenly.
    """

    def __init__(
        self,
        delay_s: float,
        jitter_share: float,
        rng: np.random.Generator,
        jitter_s: float = 0.0,
    ) -> None:
        self._middle_s = delay_s + 0.5 * jitter_s
        self._spread_s = delay_s * jitter_share + 0.5 * jitter_s
        self._rng = rng
        self._waiting: deque[tuple[float, T]] = deque(maxlen=_MESSAGES_MAX)
        self._last_arrival_s = -np.inf
        self._drawn: list[float] = []

    def put(self, capture_time_s: float, message: T, extra_delay_s: float = 0.0) -> None:
        """Send a message off."""
        if not self._drawn:
            self._drawn = self._rng.uniform(-1.0, 1.0, _DRAWN_AT_ONCE).tolist()
        delay_s = self._middle_s + self._spread_s * self._drawn.pop()
        arrival_s = capture_time_s + delay_s + extra_delay_s
        self._last_arrival_s = max(self._last_arrival_s, arrival_s)
        self._waiting.append((self._last_arrival_s, message))

    def take(self, now_s: float) -> tuple[T, ...]:
        """All messages that have arrived by now, in order, once each."""
        arrived = []
        while self._waiting and self._waiting[0][0] <= now_s:
            arrived.append(self._waiting.popleft()[1])
        return tuple(arrived)
