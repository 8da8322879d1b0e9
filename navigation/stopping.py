"""How far the robot travels before it stands, and what follows: window, top speeds, impact speed.

One bound for driving and turning alike, of the way of the footprint's farthest corner; the numbers
in brackets are those of `docs/maths/reactive.md`. Cost: microseconds, at construction.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from homebody.messages import BodyDescription, MotionLimits
from navigation.reactive_config import ReactiveConfig

_WINDOW_MIN_M = 1.0
_SLOW_DOWN_SHARE = 1.5
_RANGE_USED = 0.9  # share of a sensor's range that is relied on


@dataclass(frozen=True, slots=True)
class StoppingBound:
    """The way from an appearance to standstill.

    Attributes:
        sense_s: From an appearance to the verdict, at worst (1).
        react_s: From the verdict to braking wheels, at worst.
        decel_m_s2, yaw_decel_rad_s2: Of full emergency braking.
        radius_m: From the robot's origin to the footprint's farthest corner.
        margin_m: Kept between the footprint and what it stops for.
    """

    sense_s: float
    react_s: float
    decel_m_s2: float
    yaw_decel_rad_s2: float
    radius_m: float
    margin_m: float

    @classmethod
    def of(cls, body: BodyDescription, config: ReactiveConfig) -> StoppingBound:
        limits = body.limits
        return cls(
            sense_s=sense_delay_s(body, config),
            react_s=config.reaction_delay_s,
            decel_m_s2=limits.emergency_decel_m_s2,
            yaw_decel_rad_s2=limits.emergency_yaw_decel_rad_s2,
            radius_m=body.circumscribed_radius_m,
            margin_m=config.margin_m + config.stop_margin_m,
        )

    @property
    def delay_s(self) -> float:
        """From an appearance to braking wheels (2)."""
        return self.sense_s + self.react_s

    def pace_m_s(self, speed_m_s: float, yaw_rate_rad_s: float = 0.0) -> float:
        """No point of the footprint is faster than this (3)."""
        return abs(speed_m_s) + self.radius_m * abs(yaw_rate_rad_s)

    def braking_s(self, speed_m_s: float, yaw_rate_rad_s: float = 0.0) -> float:
        """Duration of emergency braking that keeps to the curve (4)."""
        return max(abs(speed_m_s) / self.decel_m_s2, abs(yaw_rate_rad_s) / self.yaw_decel_rad_s2)

    def distance_m(self, speed_m_s: float, yaw_rate_rad_s: float = 0.0) -> float:
        """The bound: way of the farthest corner from an appearance on, with the margin (5)."""
        pace = self.pace_m_s(speed_m_s, yaw_rate_rad_s)
        braking_s = self.braking_s(speed_m_s, yaw_rate_rad_s)
        return pace * (self.delay_s + 0.5 * braking_s) + self.margin_m

    def speed_within_m_s(self, way_m: float) -> float:
        """The speed straight ahead whose bound is `way_m`; 0 where there is none (6)."""
        return speed_within_m_s(way_m - self.margin_m, self.delay_s, self.decel_m_s2)

    def impact_speed_m_s(self, speed_m_s: float, way_m: float) -> float:
        """Speed at which physics lets the robot meet what appeared `way_m` ahead, at worst (7)."""
        braking_m = way_m - speed_m_s * self.delay_s
        if braking_m <= 0.0:
            return speed_m_s
        return math.sqrt(max(0.0, speed_m_s**2 - 2.0 * self.decel_m_s2 * braking_m))


def slip_cap_m_s(bound: StoppingBound, config: ReactiveConfig, share: float) -> float:
    """The speed from which the way to standstill is off by no more than the margin (13).

    Args:
        share: Of its way by which the body moves otherwise than its wheels say.
    """
    if share <= 0.0:
        return math.inf
    within = speed_within_m_s(bound.margin_m / share, bound.delay_s, bound.decel_m_s2)
    return max(config.blind_speed_m_s, within)


def sense_delay_s(body: BodyDescription, config: ReactiveConfig) -> float:
    """From an appearance to the verdict, at worst: until a sensor looks there, and tells (1)."""
    if config.sensor_delay_s is not None:
        return config.sensor_delay_s
    waits_s = [0.0]
    if body.lidar is not None:
        lidar = body.lidar
        # A turning robot meets its own beam a little later.
        turns_hz = lidar.rate_hz - body.limits.yaw_rate_max_rad_s / (2.0 * math.pi)
        turn_s = 1.0 / max(turns_hz, 0.5 * lidar.rate_hz)
        waits_s.append(turn_s + 1.0 / (lidar.rate_hz * lidar.n_packets))
    if body.depth is not None:
        waits_s.append(2.0 / body.depth.rate_hz)  # a point counts when two frames agree
    return max(waits_s) + config.sensor_latency_s + config.loop_delay_s


def slow_down_decel_m_s2(limits: MotionLimits, config: ReactiveConfig) -> float:
    """How hard the layer slows down for what it sees in time: above comfort, within braking (8)."""
    wanted = config.slow_down_decel_m_s2 or _SLOW_DOWN_SHARE * limits.accel_max_m_s2
    return min(wanted, limits.emergency_decel_m_s2)


def speed_within_m_s(distance_m: float, delay_s: float, decel_m_s2: float) -> float:
    """The speed v with ``v t + v^2 / (2 a) = distance_m``; 0 where there is none."""
    if distance_m <= 0.0:
        return 0.0
    reach = decel_m_s2 * delay_s
    return math.sqrt(reach * reach + 2.0 * decel_m_s2 * distance_m) - reach


def window_half_m(body: BodyDescription, config: ReactiveConfig) -> float:
    """Half the side of the window: set, or what the top speed needs for either way to brake (8)."""
    if config.window_half_m is not None:
        return config.window_half_m
    bound = StoppingBound.of(body, config)
    top = body.limits.speed_max_m_s
    hard_m = bound.distance_m(top)
    soft_s = config.reaction_delay_s + 0.5 * top / slow_down_decel_m_s2(body.limits, config)
    return max(_WINDOW_MIN_M, max(hard_m, top * soft_s + bound.margin_m) + bound.radius_m)


def capped(body: BodyDescription, config: ReactiveConfig) -> BodyDescription:
    """The same body with speeds no higher than it can stop from: what everybody plans with (9)."""
    limits = body.limits
    ahead, behind = speed_caps_m_s(body, config)
    return dataclasses.replace(
        body,
        limits=dataclasses.replace(
            limits,
            speed_max_m_s=min(limits.speed_max_m_s, ahead),
            reverse_speed_max_m_s=min(limits.reverse_speed_max_m_s, behind),
        ),
    )


def speed_caps_m_s(body: BodyDescription, config: ReactiveConfig) -> tuple[float, float]:
    """The highest speeds ahead and behind from which the robot stops within what it sees (9)."""
    bound = StoppingBound.of(body, config)
    sight_m = window_half_m(body, config)
    if body.lidar is not None:
        sight_m = min(sight_m, _RANGE_USED * body.lidar.range_max_m)
    elif body.depth is not None:
        sight_m = min(sight_m, _RANGE_USED * body.depth.range_max_m)
    seen = bound.speed_within_m_s(sight_m - bound.radius_m)
    ahead, behind = (_cliff_cap_m_s(body, config, sign) for sign in (1.0, -1.0))
    return min(seen, ahead if body.depth is None else math.inf), min(seen, behind)


def _cliff_cap_m_s(body: BodyDescription, config: ReactiveConfig, sign: float) -> float:
    """The speed from which the wheels stop short of a drop that only cliff sensors see (10)."""
    if body.cliff is None:
        return math.inf
    ways_m = sign * body.cliff.points_robot_m[:, 0]
    if not (ways_m > 0.0).any():
        return math.inf
    lead_m = float(ways_m[ways_m > 0.0].min()) - config.wheel_radius_m
    delay_s = config.cliff_latency_s + config.loop_delay_s + config.reaction_delay_s
    return max(
        config.blind_speed_m_s,
        speed_within_m_s(lead_m, delay_s, body.limits.emergency_decel_m_s2),
    )


def share_within(
    way_m: float, pace_m_s: float, driven_m_s: float, delay_s: float, braking_s: float
) -> float:
    """The share of a pace from which the robot stands within the way there is (12).

    Args:
        pace_m_s, braking_s: Of the farthest corner as commanded, and how long it takes to shed.
        driven_m_s: Its pace now: what was told in the last `delay_s` is still to come.
    """
    braking_m = 0.5 * pace_m_s * braking_s
    told = _share(way_m, pace_m_s * delay_s, braking_m)
    half_s = 0.5 * delay_s
    return min(told, _share(way_m - driven_m_s * half_s, pace_m_s * half_s, braking_m))


def _share(way_m: float, reaction_m: float, braking_m: float) -> float:
    """The share s with ``s reaction + s^2 braking`` the way there is."""
    if way_m >= reaction_m + braking_m:
        return 1.0
    if way_m <= 0.0:
        return 0.0
    if braking_m < 1e-9:
        return way_m / reaction_m
    root = math.sqrt(reaction_m * reaction_m + 4.0 * braking_m * way_m)
    return min(1.0, (root - reaction_m) / (2.0 * braking_m))
