"""Which sensors a body has, what they are called, and what watches each of them."""

from __future__ import annotations

import math

from homebody.messages import BodyDescription
from navigation.sensor_health.config import SensorHealthConfig
from navigation.sensor_health.flow import Flow
from navigation.sensor_health.ranges import RangeJudge

WORDS = {
    "odometry": "the odometry",
    "lidar": "the lidar",
    "depth": "the depth camera",
    "people": "the person camera",
    "bump": "the bumper",
    "cliff": "the set of cliff sensors",
    "battery": "the battery gauge",
    "dock": "the dock contact",
    "head": "the head",
    "button": "the emergency stop button",
}
_SLOW = ("people", "dock", "head", "button")
_FLOOR_SHARE = 0.2


def sensors_of(body: BodyDescription) -> list[str]:
    """The names of the sensors that a body has."""
    has = {
        "odometry": True,
        "lidar": body.lidar is not None,
        "depth": body.depth is not None,
        "people": body.person_camera is not None,
        "bump": body.has_bumper,
        "cliff": body.cliff is not None,
        "battery": body.has_battery,
        "dock": body.has_dock,
        "head": body.head is not None,
        "button": body.has_estop_button,
    }
    return [name for name, is_there in has.items() if is_there]


def flow_of(name: str, body: BodyDescription, config: SensorHealthConfig) -> Flow:
    """What watches one sensor's messages in time."""
    silent_s = config.silent_slow_after_s if name in _SLOW else config.silent_after_s
    if name == "battery":
        silent_s = config.silent_battery_after_s
    rates_hz = {
        "lidar": body.lidar.rate_hz * body.lidar.n_packets if body.lidar else math.inf,
        "depth": body.depth.rate_hz if body.depth else math.inf,
        "people": body.person_camera.rate_hz if body.person_camera else math.inf,
    }
    period_s = 1.0 / rates_hz.get(name, math.inf)
    late_s = max(config.late_after_s, silent_s if name == "battery" else 0.0)
    silent_s = max(silent_s, config.silent_periods * period_s)
    return Flow(WORDS[name], silent_s, late_s, config.lost_share_max)


def lidar_judge(body: BodyDescription, config: SensorHealthConfig) -> RangeJudge | None:
    """What judges the lidar's ranges."""
    if body.lidar is None:
        return None
    lidar = body.lidar
    return RangeJudge(
        WORDS["lidar"],
        lidar.n_beams,
        lidar.n_packets,
        lidar.range_max_m,
        lidar.noise_std_m,
        lost_share_max=config.lost_share_max,
        blind_hit_share=config.blind_hit_share,
    )


def depth_judge(body: BodyDescription, config: SensorHealthConfig) -> RangeJudge | None:
    """What judges the depth camera's ranges."""
    if body.depth is None:
        return None
    depth = body.depth
    rays = depth.T_robot_depth.rotate(depth.directions().reshape(-1, 3))
    reach_m = -0.9 * depth.range_max_m * rays[:, 2]
    meets_floor = reach_m > depth.T_robot_depth.translation_m[2]
    return RangeJudge(
        WORDS["depth"],
        depth.n_rows * depth.n_cols,
        1,
        depth.range_max_m,
        depth.noise_std_m,
        lost_share_max=config.lost_share_max,
        blind_hit_share=config.blind_hit_share,
        always_hits=bool(meets_floor.mean() > _FLOOR_SHARE),
    )
