"""What the world leaves out to be fast changes nothing: each shortcut against the long way."""

import math

import mujoco
import numpy as np
import pytest
from simulation_toys import IDEAL, room

from drivers.simulation.channel import Channel
from drivers.simulation.clearance import ClearanceMeter
from drivers.simulation.controller import MotorController
from drivers.simulation.faults import SensorFaults
from drivers.simulation.homes.home import Box, Cylinder, Door
from drivers.simulation.model import build_model
from drivers.simulation.moment import Moment
from drivers.simulation.range_sensors import DROP_DEPTH_M, DepthCamera
from drivers.simulation.sense import Sense
from homebody.geometry import SE2, points_in_polygon
from homebody.messages import Command, default_body

BODY = default_body()
DROP = np.array([[4.0, 6.0], [6.0, 6.0], [6.0, 8.0], [4.0, 8.0]])


def cluttered_home(rng):
    boxes = [Box(*rng.uniform(0.5, 9.5, 2), *rng.uniform(0.03, 0.4, 2), a) for a in range(25)]
    boxes.append(Box(3.0, 3.0, 0.5, 0.5, z_low_m=0.5, z_high_m=0.7))
    poles = tuple(Cylinder(*rng.uniform(0.5, 9.5, 2), 0.1) for _ in range(10))
    doors = (Door("door", (5.0, 5.0), (5.9, 5.0), 1.2, is_open=True),)
    return room(10.0, 10.0, boxes=boxes, cylinders=poles, doors=doors, drops=(DROP,))


def walk(rng, n):
    """Poses a small way from each other, now and then far away."""
    x, y, yaw = 5.0, 5.0, 0.0
    for i in range(n):
        if i % 25 == 0:
            x, y, yaw = *rng.uniform(0.5, 9.5, 2), rng.uniform(-3, 3)
        x, y = np.clip([x, y] + rng.normal(0.0, 0.02, 2), 0.3, 9.7)
        yaw += rng.normal(0.0, 0.04)
        yield SE2(float(x), float(y), float(yaw))


def slow_depth(built, data, pose):
    """Every ray by itself, among all geoms, then the floor and the drop."""
    d = BODY.depth
    c, s = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    rays = d.T_robot_depth.rotate(d.directions()).reshape(-1, 3) @ turn.T
    point = turn @ d.T_robot_depth.translation_m + (pose.x_m, pose.y_m, 0.0)
    groups = np.array([1, 1, 1, 0, 1, 1], dtype=np.uint8)
    solid = np.array(
        [mujoco.mj_ray(built.model, data, point, ray, groups, 1, -1, None) for ray in rays]
    )
    solid[solid < 0.0] = np.inf
    down = np.maximum(-rays[:, 2], 1e-9)
    floor = point[2] / down
    over = points_in_polygon(point[:2] + rays[:, :2] * floor[:, None], DROP)
    floor = np.where(over, (point[2] + DROP_DEPTH_M) / down, floor)
    ranges = np.minimum(solid, floor)
    return np.where(ranges > d.range_max_m, np.inf, ranges).reshape(d.n_rows, d.n_cols)


def test_depth_rays_left_out_change_no_range():
    rng = np.random.default_rng(7)
    built = build_model(cluttered_home(rng), BODY, IDEAL, n_people=1)
    data = mujoco.MjData(built.model)
    data.qpos[built.door_qpos] = 1.2
    camera = DepthCamera(
        built.model,
        data,
        BODY.depth,
        drops=(DROP,),
        lost_share=0.0,
        rng=np.random.default_rng(0),
        faults=SensorFaults("depth", (), rng),
    )
    camera._noise._std_m = 0.0
    for i, pose in enumerate(walk(rng, 150)):
        ahead = pose @ SE2(1.0 + 0.5 * math.sin(i), 0.3, 0.0)
        data.mocap_pos[:3] = [(ahead.x_m, ahead.y_m, z) for z in (1.2, 0.4, 0.4)]
        mujoco.mj_kinematics(built.model, data)
        seen = camera.capture(0.0, 0.0, pose).ranges_m
        np.testing.assert_allclose(seen, slow_depth(built, data, pose), atol=1e-6)


def test_clearance_along_a_walk_is_that_of_a_new_meter():
    rng = np.random.default_rng(8)
    home = cluttered_home(rng)
    meter = ClearanceMeter(home, BODY)
    for pose in walk(rng, 200):
        fresh = ClearanceMeter(home, BODY).measure(pose, (0.7,))
        assert meter.measure(pose, (0.7,)) == pytest.approx(fresh, abs=1e-12)


@pytest.mark.parametrize("rate_hz", [1.0, 7.0, 30.0, 50.0, 60.0, 99.9, 200.0, 300.0])
def test_a_sense_is_due_whenever_one_more_measurement_is(rate_hz):
    taken = []
    channel = Channel(0.0, 0.0, np.random.default_rng(0))
    sense = Sense(
        200,
        rate_hz,
        channel,
        SensorFaults("lidar", (), np.random.default_rng(0)),
        measure=lambda moment: taken.append(moment.step),
        repeat=None,
    )
    here = SE2.identity()
    for step in range(1, 1001):
        if step >= sense.due_step:
            sense.step(Moment(step, step / 200, step / 200, here, 0, 0, 0, 0, 0, 0, ()))
    counts = np.floor(np.arange(1001) * (rate_hz / 200) + 1e-9)
    np.testing.assert_array_equal(taken, 1 + np.flatnonzero(np.diff(counts)))


def test_the_controller_reads_a_command_as_the_command_itself_does():
    rng = np.random.default_rng(9)
    times = np.array([0.0, 0.1, 0.25, 0.6])
    command = Command(3.0, 3.05, times, *rng.uniform(-0.3, 0.3, (4, 4)))
    controller = MotorController(BODY, 0.2, 0.005)
    controller.apply(command)
    for now_s in (2.9, 3.05, 3.1, 3.15, 3.2, 3.5, 3.65, 3.66, 5.0):
        assert controller._samples.twist_at(now_s) == pytest.approx(command.twist_at(now_s))
        assert controller._samples.head_at(now_s) == pytest.approx(command.head_at(now_s))
