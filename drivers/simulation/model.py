"""Turns a home and a body into a MuJoCo model, and names its pieces.

The robot moves in the plane on two slides and a hinge. Each wheel is a saturated viscous force at
its ground contact, with the motor's lag before it; a third force resists sliding sideways: mass,
slip and real contacts without the jitter of rolling contacts. Contacts exist only between the robot
and something else. Cost: a few ms, once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mujoco
import numpy as np

from drivers.simulation.config import SimulationConfig
from drivers.simulation.homes.home import Box, Cylinder, Door, Home
from homebody.geometry import FloatArray
from homebody.messages import BodyDescription

# Rays choose their groups; a static geom moves to the hidden group while it is out of their view.
GROUP_STATIC, GROUP_DOOR, GROUP_PERSON, GROUP_ROBOT, GROUP_OBJECT, GROUP_HIDDEN = range(6)
N_GROUPS = 6
DOOR_HEIGHT_M = 2.0
LEG_RADIUS_M = 0.07
LEG_HEIGHT_M = 0.85
PARKED_Z_M = -100.0
_FLOOR_GAP_M = 0.01
_TILE_M = 4.0
_HEAD_MASS_KG = 0.4
_GRAVITY_M_S2 = 9.81

_GEOM = mujoco.mjtGeom
_JOINT = mujoco.mjtJoint


@dataclass(frozen=True, slots=True)
class MovingObject:
    """A box or an upright cylinder that scenarios place; half sizes (x, y, z) in metres."""

    name: str
    half_size_m: tuple[float, float, float]
    is_round: bool = False


@dataclass(frozen=True, slots=True)
class WorldModel:
    """The compiled model and where its moving pieces are in MuJoCo's arrays.

    Robot: qpos and qvel 0..2 are x, y, yaw; 3, 4 are pan, tilt; ctrl 0, 1 the speed of the left
    and right wheel, 2 stays 0 (sideways), 3, 4 the angles of pan and tilt. Doors follow, from
    `door_qpos` and `door_ctrl` on, in the home's order. Mocap bodies: torso, left leg and right
    leg of each person, then the objects.
    """

    model: mujoco.MjModel
    n_doors: int
    n_people: int
    n_objects: int
    door_qpos: int = 5
    door_ctrl: int = 5

    @property
    def object_mocap(self) -> int:
        """Index of the first object's mocap body."""
        return 3 * self.n_people


def build_model(
    home: Home,
    body: BodyDescription,
    config: SimulationConfig,
    n_people: int = 0,
    objects: tuple[MovingObject, ...] = (),
) -> WorldModel:
    """Compile the model of a home with a robot, people and objects in it."""
    spec = mujoco.MjSpec()
    spec.option.timestep = 1.0 / config.physics_rate_hz
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.gravity = [0.0, 0.0, 0.0]  # all motion is in the plane; weight acts in the wheels
    _add_robot(spec, body, config)
    for index, door in enumerate(home.doors):
        _add_door(spec, index, door, config)
    _add_statics(spec, home)
    for _ in range(n_people):
        _add_person(spec)
    for thing in objects:
        _add_object(_add_mocap(spec), thing)
    return WorldModel(spec.compile(), len(home.doors), n_people, len(objects))


def door_yaw_rad(door: Door) -> float:
    """Direction of the shut leaf, from the hinge to the latch, in the home frame."""
    return math.atan2(door.latch_m[1] - door.hinge_m[1], door.latch_m[0] - door.hinge_m[0])


def door_width_m(door: Door) -> float:
    """Length of the leaf."""
    return math.dist(door.hinge_m, door.latch_m)


def _add_robot(spec: mujoco.MjSpec, body: BodyDescription, config: SimulationConfig) -> None:
    base = spec.worldbody.add_body(name="robot")
    base.add_joint(name="x", type=_JOINT.mjJNT_SLIDE, axis=[1, 0, 0])
    base.add_joint(name="y", type=_JOINT.mjJNT_SLIDE, axis=[0, 1, 0])
    base.add_joint(name="yaw", type=_JOINT.mjJNT_HINGE, axis=[0, 0, 1])
    _add_prism(spec, base, body, config.mass_kg - min(_HEAD_MASS_KG, config.mass_kg / 2.0))
    _add_wheels(spec, base, config)
    _add_head(spec, base, body)


def _add_prism(
    spec: mujoco.MjSpec, base: mujoco.MjsBody, body: BodyDescription, mass_kg: float
) -> None:
    low, high = _FLOOR_GAP_M, body.height_m
    outline = np.asarray(body.footprint_m, dtype=np.float64)
    if is_centred_rectangle(outline):
        half_x, half_y = np.abs(outline[0])
        geom = base.add_geom(
            type=_GEOM.mjGEOM_BOX,
            pos=[0.0, 0.0, (low + high) / 2.0],
            size=[half_x, half_y, (high - low) / 2.0],
        )
    else:
        rings = [np.column_stack([outline, np.full(len(outline), z)]) for z in (low, high)]
        spec.add_mesh(name="footprint", uservert=np.concatenate(rings).ravel())
        geom = base.add_geom(type=_GEOM.mjGEOM_MESH, meshname="footprint")
    geom.mass = mass_kg
    geom.contype, geom.conaffinity, geom.group = 1, 0, GROUP_ROBOT


def is_centred_rectangle(outline_m: FloatArray) -> bool:
    """Whether an outline (P, 2) is a rectangle along the axes about the origin."""
    return outline_m.shape == (4, 2) and bool(
        np.allclose(np.abs(outline_m), np.abs(outline_m[0]))
        and np.unique(np.sign(outline_m), axis=0).shape == (4, 2)
    )


def _add_wheels(spec: mujoco.MjSpec, base: mujoco.MjsBody, config: SimulationConfig) -> None:
    wheels = config.wheels
    grip_n = wheels.friction * config.mass_kg * _GRAVITY_M_S2
    for name, y in (("left", 0.5), ("right", -0.5)):
        base.add_site(name=name, pos=[0.0, y * wheels.track_m, 0.0])
        servo = _add_traction(spec, name, [1, 0, 0, 0, 0, 0], wheels.traction_n_s_m, grip_n / 2.0)
        servo.dyntype = mujoco.mjtDyn.mjDYN_FILTEREXACT
        servo.dynprm[0] = wheels.motor_lag_s
    base.add_site(name="axle", pos=[0.0, 0.0, 0.0])
    _add_traction(spec, "axle", [0, 1, 0, 0, 0, 0], 4.0 * wheels.traction_n_s_m, grip_n)


def _add_traction(
    spec: mujoco.MjSpec, site: str, gear: list[int], gain_n_s_m: float, grip_n: float
) -> mujoco.MjsActuator:
    """A force at a site towards a wanted speed along `gear`, never more than the grip."""
    servo = spec.add_actuator(
        name=site,
        trntype=mujoco.mjtTrn.mjTRN_SITE,
        target=site,
        gear=gear,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        forcelimited=True,
        forcerange=[-grip_n, grip_n],
    )
    servo.gainprm[0] = gain_n_s_m
    servo.biasprm[2] = -gain_n_s_m
    return servo


def _add_head(spec: mujoco.MjSpec, base: mujoco.MjsBody, body: BodyDescription) -> None:
    """Pan and tilt within the body's outline; the prism does the touching for it."""
    pan = base.add_body(name="pan", pos=[0.0, 0.0, body.height_m - 0.06])
    pan.add_joint(name="pan", type=_JOINT.mjJNT_HINGE, axis=[0, 0, 1], armature=0.002)
    _add_weight(pan, _HEAD_MASS_KG / 4.0)
    head = pan.add_body(name="head")
    head.add_joint(name="tilt", type=_JOINT.mjJNT_HINGE, axis=[0, -1, 0], armature=0.002)
    _add_weight(head, 0.75 * _HEAD_MASS_KG)
    for joint in ("pan", "tilt"):
        _add_position_servo(spec, joint, stiffness=8.0, damping=0.3)


def _add_weight(body: mujoco.MjsBody, mass_kg: float) -> None:
    geom = body.add_geom(type=_GEOM.mjGEOM_BOX, size=[0.02, 0.06, 0.04], mass=mass_kg)
    geom.contype, geom.conaffinity, geom.group = 0, 0, GROUP_ROBOT


def _add_position_servo(
    spec: mujoco.MjSpec, joint: str, stiffness: float, damping: float
) -> mujoco.MjsActuator:
    servo = spec.add_actuator(
        name=joint,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        target=joint,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
    )
    servo.gainprm[0] = stiffness
    servo.biasprm[1], servo.biasprm[2] = -stiffness, -damping
    return servo


def _add_door(spec: mujoco.MjSpec, index: int, door: Door, config: SimulationConfig) -> None:
    """A leaf on a hinge; its servo may push a robot aside but not crush it."""
    half = door_width_m(door) / 2.0
    yaw = door_yaw_rad(door)
    leaf = spec.worldbody.add_body(
        name=f"door{index}",
        pos=[door.hinge_m[0], door.hinge_m[1], DOOR_HEIGHT_M / 2.0],
        quat=_quaternion(yaw),
    )
    leaf.add_joint(name=f"door{index}", type=_JOINT.mjJNT_HINGE, axis=[0, 0, 1])
    geom = leaf.add_geom(
        type=_GEOM.mjGEOM_BOX,
        pos=[half, 0.0, 0.0],
        size=[half, door.thickness_m / 2.0, DOOR_HEIGHT_M / 2.0],
        mass=8.0,
    )
    _make_solid(geom, GROUP_DOOR)
    servo = _add_position_servo(spec, f"door{index}", stiffness=80.0, damping=30.0)
    servo.forcelimited = True
    servo.forcerange = [-config.door_torque_max_n_m, config.door_torque_max_n_m]


def _add_statics(spec: mujoco.MjSpec, home: Home) -> None:
    """Walls and furniture in a body per tile: a ray skips whole bodies that it cannot meet."""
    tiles: dict[tuple[int, int], mujoco.MjsBody] = {}
    things: tuple[Box | Cylinder, ...] = (*home.boxes, *home.cylinders)
    for thing in things:
        key = (math.floor(thing.x_m / _TILE_M), math.floor(thing.y_m / _TILE_M))
        if key not in tiles:
            tiles[key] = spec.worldbody.add_body(name=f"tile{key[0]},{key[1]}")
        if isinstance(thing, Box):
            _add_box(tiles[key], thing)
        else:
            _add_cylinder(tiles[key], thing)


def _add_box(body: mujoco.MjsBody, box: Box) -> None:
    geom = body.add_geom(
        type=_GEOM.mjGEOM_BOX,
        pos=[box.x_m, box.y_m, (box.z_low_m + box.z_high_m) / 2.0],
        quat=_quaternion(box.yaw_rad),
        size=[box.half_length_m, box.half_width_m, (box.z_high_m - box.z_low_m) / 2.0],
    )
    _make_solid(geom, GROUP_STATIC)


def _add_cylinder(body: mujoco.MjsBody, cylinder: Cylinder) -> None:
    geom = body.add_geom(
        type=_GEOM.mjGEOM_CYLINDER,
        pos=[cylinder.x_m, cylinder.y_m, (cylinder.z_low_m + cylinder.z_high_m) / 2.0],
        size=[cylinder.radius_m, (cylinder.z_high_m - cylinder.z_low_m) / 2.0, 0.0],
    )
    _make_solid(geom, GROUP_STATIC)


def _add_object(body: mujoco.MjsBody, thing: MovingObject) -> None:
    if thing.is_round:
        size = [thing.half_size_m[0], thing.half_size_m[2], 0.0]
        geom = body.add_geom(type=_GEOM.mjGEOM_CYLINDER, size=size)
    else:
        geom = body.add_geom(type=_GEOM.mjGEOM_BOX, size=thing.half_size_m)
    _make_solid(geom, GROUP_OBJECT)


def _add_person(spec: mujoco.MjSpec) -> None:
    """Torso, left leg, right leg: bodies of their own, because the legs swing."""
    torso = _add_mocap(spec).add_geom(type=_GEOM.mjGEOM_CAPSULE, size=[0.18, 0.30, 0.0])
    _make_solid(torso, GROUP_PERSON)
    for _ in range(2):
        leg = _add_mocap(spec).add_geom(
            type=_GEOM.mjGEOM_CYLINDER, size=[LEG_RADIUS_M, LEG_HEIGHT_M / 2.0, 0.0]
        )
        _make_solid(leg, GROUP_PERSON)


def _add_mocap(spec: mujoco.MjSpec) -> mujoco.MjsBody:
    """A body that is moved from outside, parked out of everybody's way."""
    return spec.worldbody.add_body(mocap=True, pos=[0.0, 0.0, PARKED_Z_M])


def _make_solid(geom: mujoco.MjsGeom, group: int) -> None:
    """Something that only the robot can touch."""
    geom.contype, geom.conaffinity, geom.group = 0, 1, group


def _quaternion(yaw_rad: float) -> list[float]:
    return [math.cos(yaw_rad / 2.0), 0.0, 0.0, math.sin(yaw_rad / 2.0)]
