"""What is known of one door: how often it is open at which time of day, and how fast it changes.

A Beta posterior that forgets, for the whole day and for each time of day, whose sightings count by
how independent they are; and a posterior over the rate of change on a grid of time scales. Both
make the prediction. Derived in docs/maths/doors.md. Cost: 40 us a sighting, 40 us a prediction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from homebody.errors import InputError
from homebody.geometry import FloatArray
from navigation.doors.config import DoorConfig
from navigation.doors.process import N_HOURS, hat_weights, profile_at, relaxed

_N_SCALES = 12
_DEFAULT = DoorConfig()


class DoorHistory:
    """Times are seconds of the wall clock; one that runs back is taken to stand still."""

    def __init__(self, config: DoorConfig = _DEFAULT) -> None:
        self._config = config
        self._open, self._shut = np.zeros(N_HOURS), np.zeros(N_HOURS)
        self._log_weight = np.zeros(_N_SCALES)
        self._seen_s: float | None = None
        self._was_open = True

    @property
    def seen_s(self) -> float | None:
        """When it was seen last, None for never."""
        return self._seen_s

    @property
    def was_open(self) -> bool:
        """What it was then."""
        return self._was_open

    @property
    def rates_per_s(self) -> FloatArray:
        """The rates of change that are thought possible, fastest first, shape (R,)."""
        config = self._config
        longest_s = max(config.longest_s, 1.001 * config.shortest_s)
        return np.asarray(1.0 / np.geomspace(config.shortest_s, longest_s, _N_SCALES))

    @property
    def rate_weights(self) -> FloatArray:
        """How likely each of them is, shape (R,)."""
        weight = np.exp(self._log_weight - self._log_weight.max())
        return np.asarray(weight / weight.sum())

    def sight(self, is_open: bool, wall_s: float) -> None:
        """Take note of what the door is now."""
        if self._seen_s is None:
            self._count(is_open, wall_s, 0.5)
            self._seen_s, self._was_open = wall_s, is_open
            return
        gap_s = max(0.0, wall_s - self._seen_s)
        self._learn_rate(is_open, gap_s)
        # Equation (7): a gap is worth tanh(rate gap / 2) sightings, half of what is at either end.
        worth = float(self.rate_weights @ np.tanh(0.5 * self.rates_per_s * gap_s))
        self._count(self._was_open, self._seen_s, 0.5 * worth)
        kept = math.exp(-gap_s / self._config.forget_s)
        self._open *= kept
        self._shut *= kept
        self._count(is_open, wall_s, 0.5 * worth)
        self._seen_s, self._was_open = max(wall_s, self._seen_s), is_open

    def beta(self) -> tuple[float, float]:
        """The posterior of being open at any time of day: Beta(a, b). Equation (6)."""
        config = self._config
        n_open, n_shut = self._counts()
        a = config.prior_weight * config.prior_open + n_open.sum()
        b = config.prior_weight * (1.0 - config.prior_open) + n_shut.sum()
        return float(a), float(b)

    def profile(self) -> FloatArray:
        """How often it is open at each time of day, shape (N_HOURS,). Equation (8)."""
        a, b = self.beta()
        weight = self._config.hour_weight
        n_open, n_shut = self._counts()
        return np.asarray((weight * a / (a + b) + n_open) / (weight + n_open + n_shut))

    def p_open(self, wall_s: float) -> float:
        """Chance of being open at a time, given all that was seen. Equation (10)."""
        profile = self.profile()
        if self._seen_s is None:
            return profile_at(profile, wall_s)
        seen = 1.0 - self._config.error_share if self._was_open else self._config.error_share
        each = relaxed(seen, profile, self.rates_per_s, self._seen_s, wall_s)
        return float(np.clip(self.rate_weights @ each, 0.0, 1.0))

    def opening(self, wall_s: float) -> tuple[FloatArray, FloatArray]:
        """How likely each rate of opening is, and the rates [1/s], shape (R,), while it is shut."""
        return self.rate_weights, self.rates_per_s * profile_at(self.profile(), wall_s)

    def state(self) -> dict[str, Any]:
        """All of it, in plain numbers for a store."""
        return {
            "open": self._open.tolist(),
            "shut": self._shut.tolist(),
            "log_weight": self._log_weight.tolist(),
            "seen_s": self._seen_s,
            "was_open": self._was_open,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], config: DoorConfig = _DEFAULT) -> DoorHistory:
        """The history that `state` was taken of.

        Raises:
            InputError: It is not what `state` gives.
        """
        made = cls(config)
        made._open = _numbers(state, "open", N_HOURS, low=0.0)
        made._shut = _numbers(state, "shut", N_HOURS, low=0.0)
        made._log_weight = _numbers(state, "log_weight", _N_SCALES, low=-math.inf)
        seen_s, was_open = state.get("seen_s"), state.get("was_open")
        if seen_s is not None and not _is_finite(seen_s):
            raise InputError("door history", "seen_s", seen_s, "a finite time or none")
        if not isinstance(was_open, bool):
            raise InputError("door history", "was_open", was_open, "true or false")
        made._seen_s = None if seen_s is None else float(seen_s)
        made._was_open = was_open
        return made

    def _learn_rate(self, is_open: bool, gap_s: float) -> None:
        """Bayes' rule over the grid of rates, the past fading like the counts. Equation (9)."""
        config = self._config
        assert self._seen_s is not None
        error = config.error_share
        start = 1.0 - error if self._was_open else error
        p = relaxed(start, self.profile(), self.rates_per_s, self._seen_s, self._seen_s + gap_s)
        likelihood = p if is_open else 1.0 - p
        likelihood = (1.0 - error) * likelihood + error * (1.0 - likelihood)
        faded = self._log_weight * math.exp(-gap_s / config.forget_s)
        self._log_weight = faded + np.log(likelihood)
        self._log_weight -= self._log_weight.max()

    def _count(self, is_open: bool, wall_s: float, worth: float) -> None:
        """Share a sighting out between the two nearest times of day."""
        low, high, share = hat_weights(wall_s)
        counts = self._open if is_open else self._shut
        counts[low] += (1.0 - share) * worth
        counts[high] += share * worth

    def _counts(self) -> tuple[FloatArray, FloatArray]:
        """Counts (N_HOURS,) of open and shut with the half sighting that is yet to be shared."""
        n_open, n_shut = self._open.copy(), self._shut.copy()
        if self._seen_s is not None:
            low, high, share = hat_weights(self._seen_s)
            counts = n_open if self._was_open else n_shut
            counts[low] += 0.5 * (1.0 - share)
            counts[high] += 0.5 * share
        return n_open, n_shut


def _numbers(state: Mapping[str, Any], field: str, n: int, low: float) -> FloatArray:
    value = state.get(field)
    is_list = isinstance(value, list) and len(value) == n and all(map(_is_finite, value))
    if not is_list or min(value) < low:  # type: ignore[arg-type]  # a list of numbers by now
        raise InputError("door history", field, value, f"{n} finite numbers, none below {low}")
    return np.array(value, dtype=np.float64)


def _is_finite(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)  # type: ignore[arg-type]  # a number by now
