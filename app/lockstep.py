"""The whole robot in lock step: world, body and brain on one clock, as fast as the machine can.

The clock moves in ticks of the body loop (50 Hz); the brain ticks every fifth. A command reaches
the body after a seeded delay, as it would in real time. A slower link between body and brain can
be put in: see `LinkDelay`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.body_loop import BodyLoop
from app.brain import Brain
from app.brain_parts import BrainOutput
from app.config import HomebodyConfig
from app.jobs import LockStepJobs
from app.process_faults import ProcessFaults
from app.setting import Setting
from app.wiring import make_brain
from drivers.simulation.body import SimulatedBody
from drivers.simulation.channel import Channel
from drivers.simulation.truth import TruthRecorder
from drivers.simulation.world import World
from homebody.messages import BrainInput, Command
from navigation.reactive import ReactiveLayer
from navigation.slam.waking import Memory
from navigation.types import MapSnapshot

BODY_PERIOD_S = 0.02
BRAIN_PERIOD_TICKS = 5
# Median and sigma of the logarithm of the time from a brain tick to its command, as `python -m
# benchmarks.realtime` measured it on a shared two-core machine, rounded up. The wait for the next
# tick of the body comes on top, as it does in real time.
COMMAND_DELAY_S = (0.013, 0.43)


@dataclass(frozen=True, slots=True)
class Seeds:
    """Independent streams for the parts, all from one seed."""

    world: int
    brain: int
    jobs: int
    delays: int

    link: int

    @classmethod
    def spawn(cls, seed: int) -> Seeds:
        state = np.random.SeedSequence(seed).generate_state(5)
        return cls(*(int(s) for s in state))


@dataclass(frozen=True, slots=True)
class LinkDelay:
    """What a slow link between body and brain adds, each way; each message varies a little.

    Attributes:
        jitter_share: A delay varies by up to this share of itself; the order is kept.
    """

    to_brain_s: float = 0.0
    to_body_s: float = 0.0
    jitter_share: float = 0.2

    @property
    def is_none(self) -> bool:
        return self.to_brain_s == 0.0 and self.to_body_s == 0.0


class LockStepRobot:
    """Steps everything together; holds the brain's inputs the way the mailboxes do.

    Args:
        memories: Maps that the robot made before.
        link: The delay between body and brain beside that of thinking.
        assemble: Makes the brain; another one puts other parts in.
    """

    def __init__(
        self,
        setting: Setting,
        config: HomebodyConfig,
        memories: Sequence[Memory] = (),
        link: LinkDelay | None = None,
        assemble: Callable[..., Brain] = make_brain,
    ) -> None:
        self.setting = setting
        seeds = Seeds.spawn(setting.seed)
        description = config.body_description()
        self.world = World(
            setting.home, description, setting.scenario, config.simulation, seeds.world
        )
        body = SimulatedBody(self.world)
        self.body: BodyLoop = BodyLoop(
            body,
            ReactiveLayer(description, config.reactive),
            config.body_loop,
            health=config.sensor_health,
        )
        jobs = LockStepJobs(np.random.default_rng(seeds.jobs))
        self.brain: Brain = assemble(
            config, setting.home, setting.start, jobs, seeds.brain, jobs.stopwatch, memories
        )
        self.truth = TruthRecorder(self.world, setting.home, description)
        self.snapshot: MapSnapshot | None = None
        self._delays = np.random.default_rng(seeds.delays)
        self._commands: deque[tuple[float, Command]] = deque()
        self._command: Command | None = None
        self._inbox: dict[str, object] = {}
        self._link = link or LinkDelay()
        self._link_rng = np.random.default_rng(seeds.link)
        self._coming: Channel[tuple[str, object]] = Channel(
            self._link.to_brain_s, self._link.jitter_share, self._link_rng
        )
        self._tick = 0
        self._faults = ProcessFaults(setting.scenario.process_faults)
        self.driven_m: list[tuple[float, float]] = []

    @property
    def now_s(self) -> float:
        return self._tick * BODY_PERIOD_S

    def step(self) -> BrainOutput | None:
        """One body tick; the brain's output where the brain ticked too."""
        now_s = self.now_s
        self.world.advance_to(now_s)
        while self._commands and self._commands[0][0] <= now_s:
            self._command = self._commands.popleft()[1]
        body = self.body.step(self._command, now_s)
        for message in body.messages():
            self._coming.put(now_s, message)
        self._inbox.update(self._coming.take(now_s))
        self.truth.step(now_s)
        if self._tick % BRAIN_PERIOD_TICKS == 0:
            here = self.truth.truth.T_home_robot
            self.driven_m.append((here.x_m, here.y_m))
        is_due = self._tick % BRAIN_PERIOD_TICKS == 0
        is_thinking = is_due and not self._faults.is_silenced("brain", now_s)
        output = self._step_brain(now_s) if is_thinking else None
        self._tick += 1
        return output

    def _step_brain(self, now_s: float) -> BrainOutput | None:
        inputs = BrainInput(**self._inbox)  # type: ignore[arg-type]  # names and types match by construction
        self._inbox = {}
        output = self.brain.step(inputs, now_s, wall_s=now_s)
        if output is None:
            return None
        self.snapshot = output.seen.snapshot
        estimate = output.seen.estimate
        self.truth.add_estimate(estimate.time_s, estimate.T_map_robot)
        median_s, sigma = COMMAND_DELAY_S
        delay_s = median_s * math.exp(sigma * float(self._delays.standard_normal()))
        if not self._link.is_none:
            jitter = self._link.jitter_share * float(self._link_rng.uniform(-1.0, 1.0))
            delay_s += self._link.to_body_s * (1.0 + jitter)
        self.brain.note_delay(delay_s)
        self._commands.append((now_s + delay_s, output.command))
        return output
