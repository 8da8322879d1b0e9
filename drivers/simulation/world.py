"""The simulated world: physics at 200 Hz, the motor controller, the stage and the sensors.

One step: the stage moves what moves by itself, the controller sets the wheels and the head, MuJoCo
integrates, the encoders count, contacts are felt, and every sensor whose time it is measures.
All that is random comes from generators named after their use, so a seed gives the same run.
Between two measurements nobody asks for the moment, so it is made only where it is needed.
Cost per simulated second: about 5 ms beside the sensors (see senses.py).
"""

from __future__ import annotations

import math
from collections import deque

import mujoco
import numpy as np

from drivers.simulation.channel import generator_for
from drivers.simulation.clearance import ClearanceMeter
from drivers.simulation.config import SimulationConfig
from drivers.simulation.controller import MotorController
from drivers.simulation.homes.home import Home
from drivers.simulation.model import build_model
from drivers.simulation.moment import Moment, Truth
from drivers.simulation.range_sensors import TrueTurn
from drivers.simulation.scenario import Scenario
from drivers.simulation.senses import Senses
from drivers.simulation.stage import Stage, moving_objects
from drivers.simulation.touch import Touch
from drivers.simulation.wheels import SlipProcess, YawLoss
from homebody.geometry import SE2
from homebody.messages import BodyDescription, Command, SensorFrame

_STAGE_EVERY = 2
_BATTERY_EVERY = 4
_TOUCHES_KEPT = 1000
_LEFT, _RIGHT, _PAN, _TILT = 0, 1, 3, 4


class World:
    """A home with a robot in it.

    Args:
        seed: Of everything random in the world.
        start_time_s: The robot's clock at the world's start; 0 in lock step.

    Raises:
        ScenarioError: The scenario speaks of what the home does not have.
    """

    def __init__(
        self,
        home: Home,
        body: BodyDescription,
        scenario: Scenario | None = None,
        config: SimulationConfig | None = None,
        seed: int = 0,
        *,
        start_time_s: float = 0.0,
    ) -> None:
        scenario = scenario or Scenario()
        config = config or SimulationConfig()
        scenario.check_against(home)
        self.home, self.description = home, body
        self.scenario = scenario
        self._step_s = 1.0 / config.physics_rate_hz
        self._start_time_s = start_time_s
        self._step_count = 0
        self._has_head = body.head is not None
        objects = moving_objects(scenario)
        self._build_physics(home, body, scenario, config, seed)
        self._clearance = ClearanceMeter(home, body, objects)
        self._relocations = sorted(scenario.relocations, key=lambda pose: pose.at_s)
        self._relocation_count = 0
        self._left_m = self._right_m = 0.0
        self._idle_m_s: tuple[float, float] | None = None  # what wheels turn that move nothing
        self._touches: deque[Touch] = deque(maxlen=_TOUCHES_KEPT)
        self._is_touching = False
        self._touch_count = 0
        self._place(scenario.start.se2() if scenario.start else home.start)
        self._moment: Moment | None = None
        self._truth: Truth | None = None

    def _build_physics(
        self,
        home: Home,
        body: BodyDescription,
        scenario: Scenario,
        config: SimulationConfig,
        seed: int,
    ) -> None:
        built = build_model(
            home, body, config, len(scenario.routes(home)), moving_objects(scenario)
        )
        self._model = built.model
        self._data = data = mujoco.MjData(built.model)
        # The same memory all the time, so it is looked up once.
        self._qpos, self._qvel, self._act, self._ctrl = data.qpos, data.qvel, data.act, data.ctrl
        self._stage = Stage(home, scenario, config, built, self._data)
        self._controller = MotorController(body, config.wheels.track_m, self._step_s)
        self._slip = SlipProcess(
            config.wheels.slip_std,
            config.wheels.slip_correlation_s,
            self._step_s,
            generator_for(seed, "slip"),
        )
        self._slip_std = config.wheels.slip_std
        self._yaw_loss = YawLoss(
            config.wheels.yaw_loss_max,
            config.wheels.yaw_loss_period_s,
            generator_for(seed, "yaw loss"),
        )
        self._senses = Senses(
            self._model,
            self._data,
            home=home,
            body=body,
            config=config,
            scenario=scenario,
            seed=seed,
            time_s=self._start_time_s,
        )

    # --- what the robot's side may do ---------------------------------------------------------

    @property
    def time_s(self) -> float:
        """The world's present on the robot's clock."""
        return self._start_time_s + self._step_count * self._step_s

    def advance_to(self, time_s: float) -> None:
        """Simulate until `time_s`; nothing happens where that is already past."""
        wanted = math.floor((time_s - self._start_time_s) / self._step_s + 1e-6)
        while self._step_count < wanted:
            self._step()

    def apply(self, command: Command) -> None:
        """Follow this command until a newer one comes or it is too old.

        Raises:
            ValueError: The command holds a number that is not finite; nothing is changed.
        """
        if not command.is_finite():
            raise ValueError("command holds a number that is not finite; allowed: finite numbers")
        self._controller.apply(command)

    def read(self, now_s: float) -> SensorFrame:
        """Everything that has arrived by now since the last call."""
        return self._senses.read(now_s)

    # --- what only the simulation knows -------------------------------------------------------

    @property
    def truth(self) -> Truth:
        """The truth of this moment."""
        if self._truth is None:
            self._truth = self._tell_truth()
        return self._truth

    def touches_since(self, time_s: float) -> tuple[Touch, ...]:
        """Touches felt after a time, one per physics step, at most the last 5 s of touching."""
        if not self._touches or self._touches[-1].time_s <= time_s:
            return ()
        return tuple(touch for touch in self._touches if touch.time_s > time_s)

    def true_turn(self) -> TrueTurn | None:
        """What the lidar's beams truly met in their last casts; None without a lidar."""
        return self._senses.true_turn()

    def relocate(self, T_home_robot: SE2) -> None:
        """Somebody carries the robot elsewhere; its wheels do not turn meanwhile."""
        self._place(T_home_robot)
        self._relocation_count += 1
        self._moment = self._truth = None

    # --- one step -----------------------------------------------------------------------------

    def _step(self) -> None:
        step_s, data = self._step_s, self._data
        elapsed_s = self._step_count * step_s
        self._follow_scenario(elapsed_s)
        left_slip, right_slip = self._drive(self._start_time_s + elapsed_s)
        mujoco.mj_step2(self._model, data)
        mujoco.mj_step1(self._model, data)
        self._step_count += 1
        left_m_s, right_m_s = self._act.tolist()[:2]
        if self._idle_m_s is not None:
            left_m_s, right_m_s = self._idle_m_s
            self._idle_m_s = None
        self._left_m += left_m_s * (1.0 + left_slip) * step_s
        self._right_m += right_m_s * (1.0 + right_slip) * step_s
        self._moment = self._truth = None
        self._is_touching = data.ncon > 0
        if self._is_touching:
            self._feel_contacts()
        if self._step_count % _BATTERY_EVERY == 0:
            self._use_battery()
        if self._step_count >= self._senses.due_step:
            self._senses.step(self._observe())

    def _follow_scenario(self, elapsed_s: float) -> None:
        if self._step_count % _STAGE_EVERY == 0:
            self._stage.update(elapsed_s, _STAGE_EVERY * self._step_s)
        for floor in self.scenario.wheel_slip:
            is_on = floor.from_s <= elapsed_s < floor.to_s
            self._slip.set_std(floor.std if is_on else self._slip_std)
        while self._relocations and self._relocations[0].at_s <= elapsed_s:
            self.relocate(self._relocations.pop(0).se2())

    def _drive(self, now_s: float) -> tuple[float, float]:
        """Set the motors; the slip of both wheels in this step.

        The motor's loop holds the encoder's speed, so the contact gets 1 / (1 + s) of it.
        """
        slip = self._slip.next()
        left, right = self._controller.wheel_speeds(now_s)
        elapsed_s = now_s - self._start_time_s
        for fault in self.scenario.wheel_faults:
            if fault.from_s <= elapsed_s < fault.to_s:
                self._idle_m_s = (left, right) if fault.kind == "spin" else (0.0, 0.0)
                left = right = 0.0
        lost = 0.5 * (right - left) * (1.0 - self._yaw_loss.kept(now_s - self._start_time_s))
        left, right = left + lost, right - lost
        control = self._ctrl
        control[_LEFT] = left / (1.0 + slip[0])
        control[_RIGHT] = right / (1.0 + slip[1])
        if self._has_head:
            control[_PAN], control[_TILT] = self._controller.head_angles(now_s)
        return slip

    def _observe(self) -> Moment:
        """The present moment, made when somebody first asks for it."""
        if self._moment is None:
            self._moment = self._make_moment()
        return self._moment

    def _make_moment(self) -> Moment:
        x, y, yaw, pan, tilt = self._qpos[:5].tolist()
        vx, vy, yaw_rate = self._qvel[:3].tolist()
        return Moment(
            step=self._step_count,
            time_s=self.time_s,
            elapsed_s=self._step_count * self._step_s,
            pose=SE2(x, y, yaw),
            speed_m_s=vx * math.cos(yaw) + vy * math.sin(yaw),
            yaw_rate_rad_s=yaw_rate,
            pan_rad=pan,
            tilt_rad=tilt,
            left_m=self._left_m,
            right_m=self._right_m,
            people=self._stage.people,
        )

    def _feel_contacts(self) -> None:
        """All contacts involve the robot; MuJoCo's normals point from the first geom on."""
        contact = self._data.contact
        is_first = self._model.geom_contype[contact.geom[:, 0]] == 1
        normal = contact.frame[:, :2] * np.where(is_first, 1.0, -1.0)[:, None]
        pose = SE2.from_array(self._data.qpos[:3])
        local = pose.inverse().apply(contact.pos[:, :2]).mean(axis=0)
        outward = (normal @ pose.rotation()).mean(axis=0)
        length = float(np.hypot(outward[0], outward[1]))
        if length < 1e-6:  # pressed from both sides, or from above
            outward, length = local, max(float(np.hypot(local[0], local[1])), 1e-6)
        touch = Touch(
            self.time_s,
            (float(local[0]), float(local[1])),
            (float(outward[0]) / length, float(outward[1]) / length),
        )
        self._touches.append(touch)
        self._touch_count += self._senses.bumper.feel(touch)

    def _use_battery(self) -> None:
        moment = self._observe()
        elapsed_s = _BATTERY_EVERY * self._step_s
        is_docked = self._senses.dock.is_docked(moment.pose, moment.speed_m_s)
        self._senses.battery.step(elapsed_s, abs(moment.speed_m_s) * elapsed_s, is_docked)

    def _place(self, pose: SE2) -> None:
        self._data.qpos[:3] = (pose.x_m, pose.y_m, pose.yaw_rad)
        self._data.qvel[:3] = 0.0
        mujoco.mj_step1(self._model, self._data)

    def _tell_truth(self) -> Truth:
        moment, stage = self._observe(), self._stage
        clearance_m = self._clearance.measure(
            moment.pose, stage.doors_rad, stage.people, stage.object_poses
        )
        return Truth(
            time_s=moment.time_s,
            T_home_robot=moment.pose,
            speed_m_s=moment.speed_m_s,
            yaw_rate_rad_s=moment.yaw_rate_rad_s,
            pan_rad=moment.pan_rad,
            tilt_rad=moment.tilt_rad,
            is_touching=self._is_touching,
            touch_count=self._touch_count,
            clearance_m=0.0 if self._is_touching else clearance_m,
            battery=self._senses.battery.charge,
            is_docked=self._senses.dock.is_docked(moment.pose, moment.speed_m_s),
            relocation_count=self._relocation_count,
            people=moment.people,
            doors_rad=stage.doors_rad,
        )
