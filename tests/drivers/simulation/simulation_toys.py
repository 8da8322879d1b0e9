"""Small homes and drives for the tests of the simulated world."""

import numpy as np

from drivers.simulation.config import (
    DelayConfig,
    PersonDetectorConfig,
    SimulationConfig,
    WheelConfig,
)
from drivers.simulation.homes.home import Box, Home
from drivers.simulation.world import World
from homebody.geometry import SE2
from homebody.messages import Command, default_body

NO_DELAY = DelayConfig(
    odometry_s=0,
    lidar_s=0,
    depth_s=0,
    people_s=0,
    bump_s=0,
    cliff_s=0,
    battery_s=0,
    dock_s=0,
    head_s=0,
    button_s=0,
)
START = SE2(1.0, 2.0, 0.0)
IDEAL = SimulationConfig(
    range_dropout_share=0.0,
    delay=NO_DELAY,
    wheels=WheelConfig(slip_std=0.0, encoder_noise_std_m=0.0),
    detector=PersonDetectorConfig(miss_share=0.0),
)


def room(width_m=6.0, height_m=4.0, start=START, boxes=(), **parts):
    """A rectangular room; its inner walls lie on its bounds."""
    t = 0.05
    walls = (
        Box(width_m / 2, -t, width_m / 2 + 2 * t, t),
        Box(width_m / 2, height_m + t, width_m / 2 + 2 * t, t),
        Box(-t, height_m / 2, t, height_m / 2),
        Box(width_m + t, height_m / 2, t, height_m / 2),
    )
    bounds = (0.0, 0.0, width_m, height_m)
    return Home("room", walls + tuple(boxes), bounds, start, **parts)


def world(home=None, scenario=None, config=IDEAL, seed=0, body=None):
    return World(home or room(), body or default_body(), scenario, config, seed)


def command(now_s, speed, yaw_rate, pan=0.0, length_s=0.5):
    return Command(
        now_s,
        now_s,
        np.array([0.0, length_s]),
        np.full(2, speed),
        np.full(2, yaw_rate),
        np.full(2, pan),
        np.zeros(2),
    )


def drive(world, duration_s, speed, yaw_rate, each=None, *, pan=0.0):
    """Drive at 50 Hz; `each(now_s)` is called after every step. Returns all frames read."""
    frames = []
    for _ in range(round(duration_s / 0.02)):
        now_s = world.time_s
        world.apply(command(now_s, speed, yaw_rate, pan))
        world.advance_to(now_s + 0.02)
        frames.append(world.read(world.time_s))
        if each is not None:
            each(world.time_s)
    return frames
