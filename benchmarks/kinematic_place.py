"""What stands around the kinematic body, how its sensors look there, and how late they tell."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from app.body_config import BodyLoopConfig
from homebody.geometry import FloatArray
from homebody.messages import BodyDescription, default_body
from navigation.reactive_config import ReactiveConfig

_TALL_M = 1.0


@dataclass(frozen=True, slots=True)
class BodyDelays:
    """From a capture to its arrival, from a command to the motors, and the motors' own lag."""

    odometry_s: float = 0.01
    lidar_s: float = 0.01
    depth_s: float = 0.03
    cliff_s: float = 0.005
    command_s: float = 0.0
    lag_s: float = 0.03


@dataclass(frozen=True, slots=True)
class Delays:
    """The delays of one robot: what it truly has, and what its configuration says."""

    body: BodyDelays
    reactive: ReactiveConfig
    loop: BodyLoopConfig

    @classmethod
    def draw(cls, rng: np.random.Generator, period_s: float = 0.02) -> Delays:
        """Any delays in the configured range that a robot can have; the truth is their worst."""
        sensor_s, command_s = float(rng.uniform(0.0, 0.3)), float(rng.uniform(0.0, 0.1))
        lag_s = float(rng.uniform(0.0, 0.1))
        body = BodyDelays(
            odometry_s=float(rng.uniform(0.0, sensor_s)),
            lidar_s=sensor_s,
            depth_s=sensor_s,
            command_s=command_s,
            lag_s=lag_s,
        )
        reactive = ReactiveConfig(
            sensor_latency_s=sensor_s,
            loop_delay_s=period_s,
            reaction_delay_s=command_s + lag_s + 0.01,
        )
        loop = BodyLoopConfig(period_s=period_s, actuation_delay_s=command_s + lag_s)
        return cls(body, reactive, loop)

    @classmethod
    def default(cls) -> Delays:
        return cls(BodyDelays(), ReactiveConfig(), BodyLoopConfig())


@dataclass(frozen=True, slots=True)
class Things:
    """Walls as segments (M, 2, 2) with their heights (M,), and drops as polygons."""

    segments: FloatArray = field(default_factory=lambda: np.zeros((0, 2, 2)))
    heights_m: FloatArray | None = None
    drops: tuple[FloatArray, ...] = ()

    def heights(self) -> FloatArray:
        return np.full(len(self.segments), _TALL_M) if self.heights_m is None else self.heights_m


def lidar_only_body() -> BodyDescription:
    """The default body without what looks at the floor."""
    return dataclasses.replace(default_body(), depth=None, cliff=None)


@dataclass(frozen=True, slots=True)
class SensorRays:
    """Directions of the lidar's beams and of the depth camera's rays, in the robot's frame.

    Attributes:
        beams_rad: Shape (N,).
        azimuth_rad, slope: Of each depth ray, and its rise a metre over ground, shape (R,).
        ground: Way over ground a metre of range.
        floor_m: Way over ground to a flat floor, `inf` for a ray that never meets it.
    """

    beams_rad: FloatArray
    azimuth_rad: FloatArray
    slope: FloatArray
    ground: FloatArray
    floor_m: FloatArray

    @classmethod
    def of(cls, body: BodyDescription) -> SensorRays:
        beams = body.lidar.beam_angles_rad() if body.lidar else np.zeros(0)
        if body.depth is None:
            return cls(beams, *(np.zeros(0) for _ in range(4)))
        T_robot_depth = body.depth.T_robot_depth
        rays = T_robot_depth.rotate(body.depth.directions().reshape(-1, 3))
        ground = np.hypot(rays[:, 0], rays[:, 1])
        slope = rays[:, 2] / ground
        with np.errstate(divide="ignore"):
            floor = np.where(slope < 0.0, -T_robot_depth.translation_m[2] / slope, np.inf)
        return cls(beams, np.arctan2(rays[:, 1], rays[:, 0]), slope, ground, floor)


def as_sensed(body: BodyDescription, noise_m: float) -> BodyDescription:
    """The same body with the sensors that are simulated, as noisy as they are."""
    lidar = body.lidar and dataclasses.replace(body.lidar, noise_std_m=noise_m)
    depth = body.depth and dataclasses.replace(body.depth, noise_std_m=noise_m)
    return dataclasses.replace(
        body,
        lidar=lidar,
        depth=depth,
        person_camera=None,
        head=None,
        has_battery=False,
        has_dock=False,
        has_estop_button=False,
    )
