"""The scenario's stage hands: move doors, people and objects in MuJoCo as time goes on.

Everything here is a function of the time since the world's start, so that a run repeats. People,
objects and cylinders follow at 100 Hz. Cost: 15 us per person and update, nothing where nothing
moves.
"""

from __future__ import annotations

import math

import mujoco
import numpy as np

from drivers.simulation.config import SimulationConfig
from drivers.simulation.homes.home import Home
from drivers.simulation.model import LEG_HEIGHT_M, PARKED_Z_M, MovingObject, WorldModel
from drivers.simulation.people import PersonState, Walker
from drivers.simulation.scenario import ObjectPlan, Scenario
from homebody.geometry import SE2

_TORSO_Z_M = 1.2


def moving_objects(scenario: Scenario) -> tuple[MovingObject, ...]:
    """The boxes, then the cylinders, that the model needs for a scenario."""
    boxes = tuple(
        MovingObject(plan.name, (plan.size_m[0] / 2, plan.size_m[1] / 2, plan.size_m[2] / 2))
        for plan in scenario.objects
    )
    return boxes + tuple(
        MovingObject(plan.name, (plan.radius_m, plan.radius_m, plan.height_m / 2), is_round=True)
        for plan in scenario.cylinders
    )


class Stage:
    """Doors, people and objects of a home under a scenario."""

    def __init__(
        self,
        home: Home,
        scenario: Scenario,
        config: SimulationConfig,
        world: WorldModel,
        data: mujoco.MjData,
    ) -> None:
        self._world, self._data = world, data
        self._walkers = tuple(Walker(route) for route in scenario.routes(home))
        self._objects = scenario.objects
        self._cylinders = tuple((plan.way(), plan.height_m / 2) for plan in scenario.cylinders)
        self._doors = _Doors(home, scenario, config)
        self.people: tuple[PersonState, ...] = ()
        self.object_poses: tuple[SE2 | None, ...] = ()
        first = world.door_qpos
        data.qpos[first : first + world.n_doors] = self._doors.targets_rad
        self._door_ctrl = data.ctrl[world.door_ctrl : world.door_ctrl + world.n_doors]
        self._door_ctrl[:] = self._doors.targets_rad
        self.update(0.0, 0.0)

    @property
    def doors_rad(self) -> tuple[float, ...]:
        """Angle of each door from shut."""
        first = self._world.door_qpos
        return tuple(self._data.qpos[first : first + self._world.n_doors].tolist())

    def update(self, elapsed_s: float, step_s: float) -> None:
        """Bring everything to where it is at a time, `step_s` after the last call."""
        if self._doors.step(elapsed_s, step_s):
            self._door_ctrl[:] = self._doors.targets_rad
        if self._walkers:
            self._move_people(elapsed_s)
        if self._objects or self._cylinders:
            self._move_objects(elapsed_s)

    def _move_people(self, elapsed_s: float) -> None:
        self.people = tuple(walker.at(elapsed_s) for walker in self._walkers)
        rows = []
        for person in self.people:
            left, right = person.legs_m
            rows.append((person.x_m, person.y_m, _TORSO_Z_M))
            rows.append((*left, LEG_HEIGHT_M / 2.0))
            rows.append((*right, LEG_HEIGHT_M / 2.0))
        self._data.mocap_pos[: len(rows)] = rows

    def _move_objects(self, elapsed_s: float) -> None:
        boxes = tuple(_object_pose(plan, elapsed_s) for plan in self._objects)
        places = [way.at(elapsed_s) for way, _ in self._cylinders]
        self.object_poses = boxes + tuple(SE2(x_m, y_m, 0.0) for x_m, y_m in places)
        first = self._world.object_mocap
        for index, (x_m, y_m) in enumerate(places):
            slot = first + len(boxes) + index
            self._data.mocap_pos[slot] = (x_m, y_m, self._cylinders[index][1])
        for index, (plan, pose) in enumerate(zip(self._objects, boxes, strict=True)):
            slot = first + index
            if pose is None:
                self._data.mocap_pos[slot] = (0.0, 0.0, PARKED_Z_M)
                continue
            half_yaw = pose.yaw_rad / 2.0
            self._data.mocap_pos[slot] = (pose.x_m, pose.y_m, plan.size_m[2] / 2.0)
            self._data.mocap_quat[slot] = (math.cos(half_yaw), 0.0, 0.0, math.sin(half_yaw))


class _Doors:
    """Wanted angle of each door; it moves to open or shut at a steady speed."""

    def __init__(self, home: Home, scenario: Scenario, config: SimulationConfig) -> None:
        self._open_rad = np.array([door.open_angle_rad for door in home.doors])
        self._speed = config.door_speed_rad_s
        self.targets_rad = np.array(
            [door.open_angle_rad if door.is_open else 0.0 for door in home.doors]
        )
        self._goals_rad = self.targets_rad.copy()
        index = {door.name: i for i, door in enumerate(home.doors)}
        self._events = sorted((e.at_s, index[e.name], e.action) for e in scenario.doors)
        self._next = 0
        self._is_moving = False

    def step(self, elapsed_s: float, step_s: float) -> bool:
        """Go on; whether an angle may have changed."""
        while self._next < len(self._events) and self._events[self._next][0] <= elapsed_s:
            _, door, action = self._events[self._next]
            self._goals_rad[door] = self._open_rad[door] if action == "open" else 0.0
            self._next += 1
            self._is_moving = True
        if not self._is_moving:
            return False
        reach = self._speed * step_s
        self._is_moving = not np.array_equal(self._goals_rad, self.targets_rad)
        self.targets_rad += np.clip(self._goals_rad - self.targets_rad, -reach, reach)
        return True


def _object_pose(plan: ObjectPlan, elapsed_s: float) -> SE2 | None:
    """Where an object stands at a time; None before it appears and after it vanished."""
    if plan.vanish_at_s is not None and elapsed_s >= plan.vanish_at_s:
        return None
    taken = [pose for pose in plan.poses if pose.at_s <= elapsed_s]
    return max(taken, key=lambda pose: pose.at_s).se2() if taken else None
