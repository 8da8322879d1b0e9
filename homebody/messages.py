"""What the parts say to each other inside the robot: frozen values with their capture times.

All times are seconds of the robot's monotonic clock, all lengths metres, all angles radians.
Arrays are read-only by convention: whoever makes a message gives its arrays away.
Ranges: `inf` means "nothing within range", `nan` means "no valid measurement".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, SE3, FloatArray

FULL_CIRCLE_RAD = 2.0 * np.pi

# --- what the body is ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MotionLimits:
    """Limits of the body's motion, in comfort and in an emergency stop."""

    speed_max_m_s: float = 1.0
    reverse_speed_max_m_s: float = 0.3
    accel_max_m_s2: float = 1.0
    jerk_max_m_s3: float = 3.0
    emergency_decel_m_s2: float = 3.0
    yaw_rate_max_rad_s: float = 2.5
    yaw_accel_max_rad_s2: float = 5.0
    yaw_jerk_max_rad_s3: float = 30.0

    @property
    def emergency_yaw_decel_rad_s2(self) -> float:
        """Turning is braked as much harder than in comfort as driving is."""
        hardness = max(1.0, self.emergency_decel_m_s2 / self.accel_max_m_s2)
        return hardness * self.yaw_accel_max_rad_s2


@dataclass(frozen=True, slots=True)
class LidarDescription:
    """A planar lidar: a turn of `n_beams` in `n_packets` packets, `rate_hz` turns a second.

    With `n_packets` 1 all beams have one capture time. A `fov_rad` of less than a circle lies about
    the lidar's x axis, and its first and last beams on its edges.
    """

    T_robot_lidar: SE3
    n_beams: int = 360
    n_packets: int = 10
    rate_hz: float = 10.0
    range_max_m: float = 8.0
    range_min_m: float = 0.05
    noise_std_m: float = 0.01
    fov_rad: float = FULL_CIRCLE_RAD

    @property
    def has_full_circle(self) -> bool:
        return self.fov_rad >= FULL_CIRCLE_RAD

    def beam_angles_rad(self) -> FloatArray:
        """Angle of each beam in the lidar frame, shape (n_beams,), rising, -pi to pi at most."""
        if self.has_full_circle:
            return -np.pi + FULL_CIRCLE_RAD * np.arange(self.n_beams) / self.n_beams
        return np.linspace(-0.5 * self.fov_rad, 0.5 * self.fov_rad, self.n_beams)


@dataclass(frozen=True, slots=True)
class DepthDescription:
    """A depth camera given as ranges along rays (x forward, y left, z up in its frame)."""

    T_robot_depth: SE3
    n_rows: int = 24
    n_cols: int = 32
    horizontal_fov_rad: float = 1.22
    vertical_fov_rad: float = 0.96
    rate_hz: float = 30.0
    range_max_m: float = 4.0
    noise_std_m: float = 0.01

    def directions(self) -> FloatArray:
        """Unit ray directions in the depth frame, shape (n_rows, n_cols, 3); row 0 is on top."""
        y = np.tan(self.horizontal_fov_rad / 2.0) * np.linspace(1.0, -1.0, self.n_cols)
        z = np.tan(self.vertical_fov_rad / 2.0) * np.linspace(1.0, -1.0, self.n_rows)
        rays = np.ones((self.n_rows, self.n_cols, 3))
        rays[..., 1] = y
        rays[..., 2] = z[:, None]
        return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True))


@dataclass(frozen=True, slots=True)
class PersonCameraDescription:
    """The camera on the head whose detector reports people."""

    height_m: float = 0.42
    horizontal_fov_rad: float = 1.6
    rate_hz: float = 10.0
    range_max_m: float = 6.0


@dataclass(frozen=True, slots=True)
class LandmarkCameraDescription:
    """The camera on the head that reports landmarks (x ahead, y left, z up in its frame)."""

    height_m: float = 0.42
    forward_m: float = 0.05
    horizontal_fov_rad: float = 1.2
    vertical_fov_rad: float = 0.9
    rate_hz: float = 10.0
    range_max_m: float = 6.0
    n_most: int = 120

    def T_robot_camera(self, pan_rad: float, tilt_rad: float) -> SE3:
        """Where it is and looks, with the head so."""
        return SE3.from_xyz_rpy((self.forward_m, 0.0, self.height_m), (0.0, -tilt_rad, pan_rad))


@dataclass(frozen=True, slots=True)
class HeadDescription:
    """Pan (about z) and tilt (up positive) of the head, with their limits."""

    pan_max_rad: float = 1.6
    tilt_min_rad: float = -0.4
    tilt_max_rad: float = 0.6
    speed_max_rad_s: float = 3.0
    accel_max_rad_s2: float = 12.0


@dataclass(frozen=True, slots=True)
class CliffDescription:
    """Downward sensors at the body's edge; points in the robot frame, shape (C, 2)."""

    points_robot_m: FloatArray


@dataclass(frozen=True, slots=True)
class BodyDescription:
    """All that the brain may know of a body: shape, limits and sensors (None: it has none).

    `footprint_m` is a convex polygon (P, 2), counter-clockwise, in the robot frame, whose origin
    is the point midway between the wheels.
    """

    footprint_m: FloatArray
    height_m: float = 0.44
    limits: MotionLimits = field(default_factory=MotionLimits)
    lidar: LidarDescription | None = None
    depth: DepthDescription | None = None
    person_camera: PersonCameraDescription | None = None
    landmark_camera: LandmarkCameraDescription | None = None
    head: HeadDescription | None = None
    cliff: CliffDescription | None = None
    has_bumper: bool = False
    has_battery: bool = False
    has_dock: bool = False
    has_estop_button: bool = False
    command_timeout_s: float = 0.3

    @property
    def inscribed_radius_m(self) -> float:
        """Radius of the largest circle about the origin inside the footprint."""
        p, q = self.footprint_m, np.roll(self.footprint_m, -1, axis=0)
        edge = q - p
        cross = edge[:, 0] * -p[:, 1] - edge[:, 1] * -p[:, 0]
        return float(np.min(np.abs(cross) / np.linalg.norm(edge, axis=1)))

    @property
    def circumscribed_radius_m(self) -> float:
        """Radius of the smallest circle about the origin that holds the footprint."""
        return float(np.max(np.linalg.norm(self.footprint_m, axis=1)))

    def rim_point_m(self, angle_rad: float) -> FloatArray:
        """Where a ray from the origin leaves the footprint, shape (2,)."""
        ray = np.array([np.cos(angle_rad), np.sin(angle_rad)])
        p, q = self.footprint_m, np.roll(self.footprint_m, -1, axis=0)
        outward = (q - p)[:, ::-1] * (1.0, -1.0)
        reach = outward @ ray
        offset = np.sum(outward * p, axis=1)
        distance_m = np.min(offset[reach > 0.0] / reach[reach > 0.0])
        return np.asarray(distance_m * ray)


def rectangle_footprint(length_m: float, width_m: float) -> FloatArray:
    """Counter-clockwise rectangle (4, 2) centred on the origin, length along x."""
    x, y = length_m / 2.0, width_m / 2.0
    return np.array([[x, y], [-x, y], [-x, -y], [x, -y]])


def default_body() -> BodyDescription:
    """The Astro-sized default body of the design."""
    return BodyDescription(
        footprint_m=rectangle_footprint(0.42, 0.25),
        lidar=LidarDescription(T_robot_lidar=SE3.from_xyz_rpy((0.0, 0.0, 0.20))),
        depth=DepthDescription(T_robot_depth=SE3.from_xyz_rpy((0.20, 0.0, 0.34), (0.0, 0.5, 0.0))),
        person_camera=PersonCameraDescription(),
        head=HeadDescription(),
        cliff=CliffDescription(
            np.array(
                [
                    [0.20, 0.10],
                    [0.21, 0.0],
                    [0.20, -0.10],
                    [-0.20, 0.10],
                    [-0.21, 0.0],
                    [-0.20, -0.10],
                ]
            )
        ),
        has_bumper=True,
        has_battery=True,
        has_dock=True,
        has_estop_button=True,
    )


# --- what the sensors say --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Odometry:
    """Dead reckoning of the wheels: cumulative, so that a lost message costs nothing."""

    capture_time_s: float
    T_odom_robot: SE2
    speed_m_s: float
    yaw_rate_rad_s: float


@dataclass(frozen=True, slots=True)
class LidarPacket:
    """Some beams of a turn: index of the first beam, ranges and capture times, shape (n,)."""

    turn: int
    first_beam: int
    capture_time_s: FloatArray
    ranges_m: FloatArray


@dataclass(frozen=True, slots=True)
class LidarScan:
    """A whole turn, put together in the body process.

    Attributes:
        capture_time_s: Capture time of each beam, shape (n_beams,); beams may be up to a turn old.
        ranges_m: Shape (n_beams,).
        odom_xyt: Pose of the robot in the odometry frame at each beam's capture, (n_beams, 3).
    """

    turn: int
    capture_time_s: FloatArray
    ranges_m: FloatArray
    odom_xyt: FloatArray


@dataclass(frozen=True, slots=True)
class DepthFrame:
    """Ranges [m] along the rays of the depth camera, shape (n_rows, n_cols)."""

    capture_time_s: float
    ranges_m: FloatArray


@dataclass(frozen=True, slots=True)
class Detection:
    """A person as the on-camera detector gives it, in the robot frame at capture time."""

    position_robot_m: FloatArray  # (2,)
    covariance_m2: FloatArray  # (2, 2)
    facing_robot_rad: float | None = None


@dataclass(frozen=True, slots=True)
class PersonDetections:
    """All people seen in one camera frame; an empty tuple says that nobody was seen."""

    capture_time_s: float
    people: tuple[Detection, ...]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """3-D points in the camera frame (N, 3) with 256-bit binary descriptors (N, 32) uint8.

    Descriptors taken by infrared light look like one another only.
    """

    capture_time_s: float
    points_camera_m: FloatArray
    descriptors: NDArray[np.uint8]
    is_infrared: bool = False


@dataclass(frozen=True, slots=True)
class Bump:
    """Contacts counted since start, so that none is lost; angles are in the robot frame."""

    capture_time_s: float
    count: int
    is_pressed: bool
    angle_robot_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class EstopButton:
    """The emergency stop button on the robot; it is heard at least four times a second."""

    capture_time_s: float
    is_pressed: bool


@dataclass(frozen=True, slots=True)
class Cliff:
    """Which of the cliff sensors see no floor, shape (C,) bool."""

    capture_time_s: float
    is_drop: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Battery:
    capture_time_s: float
    charge: float  # 0 to 1
    is_charging: bool


@dataclass(frozen=True, slots=True)
class DockContact:
    capture_time_s: float
    is_docked: bool


@dataclass(frozen=True, slots=True)
class HeadState:
    capture_time_s: float
    pan_rad: float
    tilt_rad: float


@dataclass(frozen=True, slots=True)
class SensorFrame:
    """All that a driver has received since it was last read; what did not come is None or empty."""

    odometry: tuple[Odometry, ...] = ()
    lidar: tuple[LidarPacket, ...] = ()
    depth: tuple[DepthFrame, ...] = ()
    people: PersonDetections | None = None
    landmarks: Landmarks | None = None
    bump: Bump | None = None
    cliff: Cliff | None = None
    battery: Battery | None = None
    dock: DockContact | None = None
    head: HeadState | None = None
    button: EstopButton | None = None


@dataclass(frozen=True, slots=True)
class BodyReport:
    """What the body loop did with the newest command, and why."""

    time_s: float
    speed_scale: float = 1.0
    stop_reason: str = ""
    is_estopped: bool = False
    stop_count: int = 0
    command_age_s: float = 0.0
    period_p99_s: float = 0.0
    period_jitter_s: float = 0.0  # standard deviation
    missed_deadlines: int = 0
    estop_reason: str = ""
    faults: tuple[str, ...] = ()  # what is wrong with the robot below the brain, in plain words


@dataclass(frozen=True, slots=True)
class BrainInput:
    """The newest value of every mailbox between body and brain, at one brain tick."""

    odometry: Odometry | None = None
    scan: LidarScan | None = None
    depth: DepthFrame | None = None
    people: PersonDetections | None = None
    landmarks: Landmarks | None = None
    bump: Bump | None = None
    cliff: Cliff | None = None
    battery: Battery | None = None
    dock: DockContact | None = None
    head: HeadState | None = None
    report: BodyReport | None = None


# --- what the robot shall do -----------------------------------------------------------------


class Face(StrEnum):
    """What the screen shows."""

    NEUTRAL = "neutral"
    HAPPY = "happy"
    THINKING = "thinking"
    LISTENING = "listening"
    ASKING = "asking"
    WORRIED = "worried"
    ASLEEP = "asleep"


@dataclass(frozen=True, slots=True)
class Command:
    """A short timed trajectory of twist and head angles, with the screen's face.

    Sample i holds at ``start_time_s + time_s[i]``; between samples the body interpolates; after
    the last one it brakes. `issued_time_s` is when the sender made it: its age is what the
    watchdogs judge.

    Attributes:
        time_s: Rising, from 0, shape (T,).
        speed_m_s, yaw_rate_rad_s, pan_rad, tilt_rad: Shape (T,).
        reason: Why the robot moves like this, in plain words.
    """

    issued_time_s: float
    start_time_s: float
    time_s: FloatArray
    speed_m_s: FloatArray
    yaw_rate_rad_s: FloatArray
    pan_rad: FloatArray
    tilt_rad: FloatArray
    face: Face = Face.NEUTRAL
    reason: str = ""

    @classmethod
    def stand(
        cls, now_s: float, reason: str, pan_rad: float = 0.0, tilt_rad: float = 0.0
    ) -> Command:
        """Stand still from now on; the body brakes as its limits allow."""
        zero = np.zeros(1)
        return cls(
            now_s, now_s, zero, zero, zero, np.array([pan_rad]), np.array([tilt_rad]), reason=reason
        )

    def twist_at(self, time_s: float) -> tuple[float, float]:
        """(speed [m/s], yaw rate [rad/s]) wanted at a time; zero after the end."""
        t = time_s - self.start_time_s
        if t > self.time_s[-1]:
            return 0.0, 0.0
        return (
            float(np.interp(t, self.time_s, self.speed_m_s)),
            float(np.interp(t, self.time_s, self.yaw_rate_rad_s)),
        )

    def head_at(self, time_s: float) -> tuple[float, float]:
        """(pan [rad], tilt [rad]) wanted at a time; the last value holds after the end."""
        t = time_s - self.start_time_s
        return (
            float(np.interp(t, self.time_s, self.pan_rad)),
            float(np.interp(t, self.time_s, self.tilt_rad)),
        )

    def is_finite(self) -> bool:
        """Whether every number in it is one."""
        arrays = (self.time_s, self.speed_m_s, self.yaw_rate_rad_s, self.pan_rad, self.tilt_rad)
        return bool(
            np.isfinite(self.issued_time_s)
            and np.isfinite(self.start_time_s)
            and all(np.isfinite(a).all() for a in arrays)
        )
