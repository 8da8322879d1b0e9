"""What the wheels do to the floor and what the encoders say about it.

Each wheel turns (1 + s) times what its contact should move, s a smooth random process; the
motor's loop closes on the encoder, so slip bends the true motion and odometry does not see it.
Dead reckoning follows the exact arc between two readings. Cost: 1 us per physics step, 6 us per
reading.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import SE2
from homebody.messages import Odometry

_BLOCK_STEPS = 2048
_DECAYS_TO_1_OVER_E = 2.146  # (1 + x) exp(-x) = 1/e


class SlipProcess:
    """Slip of both wheels, one sample per physics step, made in blocks.

    White noise through two equal first-order filters: the autocorrelation
    (1 + t/a) exp(-t/a) falls to 1/e at `correlation_s`. A single filter (Ornstein-Uhlenbeck) would
    shake the robot at every step, which no floor does, and drown the jerk of its driving.
    """

    def __init__(
        self, std: float, correlation_s: float, step_s: float, rng: np.random.Generator
    ) -> None:
        self._rng = rng
        keep = math.exp(-step_s * _DECAYS_TO_1_OVER_E / correlation_s)
        # The impulse response (k + 1) keep^k has the energy (1 + q) / (1 - q)^3, q = keep^2.
        self._gain = math.sqrt((1.0 - keep**2) ** 3 / (1.0 + keep**2))
        self._keep = keep
        self._last = ((0.0, 0.0), (0.0, 0.0))  # the newest two samples of each wheel
        self._std = std
        for _ in range(math.ceil(10.0 * correlation_s / step_s / _BLOCK_STEPS)):
            self._refill()
        self._index = _BLOCK_STEPS

    def set_std(self, std: float) -> None:
        """From the next sample on."""
        self._std = std

    def next(self) -> tuple[float, float]:
        """Slip of the left and right wheel for the next step."""
        if self._index >= _BLOCK_STEPS:
            self._refill()
        index = self._index
        self._index += 1
        return self._std * self._left[index], self._std * self._right[index]

    def _refill(self) -> None:
        noise = self._rng.standard_normal((_BLOCK_STEPS, 2))
        driven = (self._gain * noise).T.tolist()
        self._left, self._right = (
            _filtered(x, self._keep, last) for x, last in zip(driven, self._last, strict=True)
        )
        self._last = (self._left[-1], self._left[-2]), (self._right[-1], self._right[-2])
        self._index = 0


def _filtered(driven: list[float], keep: float, last: tuple[float, float]) -> list[float]:
    """Two equal first-order filters in a row: y[k] = x[k] + 2 keep y[k-1] - keep^2 y[k-2].

    SciPy's `lfilter` would do it, and add a second to every start and 40 MB to the process.
    """
    twice, square = 2.0 * keep, keep * keep
    newest, before = last
    filtered = []
    for x in driven:
        newest, before = x + twice * newest - square * before, newest
        filtered.append(newest)
    return filtered


class YawLoss:
    """What of the yaw rate a skidding drive loses: drawn evenly, linear between two draws.

    Args:
        most: The largest share that is lost; with 0 nothing is drawn.
    """

    def __init__(self, most: float, period_s: float, rng: np.random.Generator) -> None:
        self._most, self._period_s, self._rng = most, period_s, rng
        self._draws = [self._draw(), self._draw()]
        self._first = 0

    def kept(self, elapsed_s: float) -> float:
        """The share that is left at a time, never earlier than the one before."""
        if self._most == 0.0:
            return 1.0
        index, share = divmod(elapsed_s / self._period_s, 1.0)
        while self._first < index:
            self._draws = [self._draws[1], self._draw()]
            self._first += 1
        return 1.0 - self._draws[0] - share * (self._draws[1] - self._draws[0])

    def _draw(self) -> float:
        return self._most * float(self._rng.random()) if self._most > 0.0 else 0.0


class DeadReckoning:
    """Integrates the encoders of a differential drive.

    Args:
        scale_error: The share by which both encoders count too much.
    """

    def __init__(
        self,
        track_m: float,
        noise_std_m: float,
        rng: np.random.Generator,
        time_s: float,
        scale_error: float = 0.0,
    ) -> None:
        self._per_m = 1.0 + scale_error
        self._track_m = track_m
        self._noise_std_m = noise_std_m
        self._rng = rng
        self._time_s = time_s
        self._left_m = 0.0
        self._right_m = 0.0
        self._pose = SE2.identity()

    def read(self, time_s: float, left_m: float, right_m: float) -> Odometry:
        """A reading of the cumulative travel of both wheels [m] at a time."""
        left_m, right_m = self._per_m * left_m, self._per_m * right_m
        if self._noise_std_m > 0.0:
            left_m += self._noise_std_m * self._rng.standard_normal()
            right_m += self._noise_std_m * self._rng.standard_normal()
        elapsed_s = time_s - self._time_s
        ahead_m = (left_m - self._left_m + right_m - self._right_m) / 2.0
        turn_rad = (right_m - self._right_m - left_m + self._left_m) / self._track_m
        self._pose = _along_arc(self._pose, ahead_m, turn_rad)
        self._time_s, self._left_m, self._right_m = time_s, left_m, right_m
        if elapsed_s <= 0.0:
            return Odometry(time_s, self._pose, 0.0, 0.0)
        return Odometry(time_s, self._pose, ahead_m / elapsed_s, turn_rad / elapsed_s)


def _along_arc(pose: SE2, ahead_m: float, turn_rad: float) -> SE2:
    """The pose at the end of an arc: its chord points along the middle direction."""
    half = turn_rad / 2.0
    chord_m = ahead_m * (math.sin(half) / half if abs(half) > 1e-6 else 1.0)
    middle = pose.yaw_rad + half
    return SE2(
        pose.x_m + chord_m * math.cos(middle),
        pose.y_m + chord_m * math.sin(middle),
        pose.yaw_rad + turn_rad,
    )
