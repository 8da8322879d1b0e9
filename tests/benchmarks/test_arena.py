"""The protocol's numbers on closed forms."""

import math
from dataclasses import dataclass, field

import pytest

from benchmarks.arena import CLOCK_STARTS_M, run_trial, score
from benchmarks.arena_bench import summarize
from drivers.simulation.touch import Touch
from homebody.geometry import SE2


@dataclass
class Truth:
    time_s: float
    T_home_robot: SE2
    speed_m_s: float
    yaw_rate_rad_s: float = 0.0
    clearance_m: float = 0.5


@dataclass
class Straight:
    """Waits, then drives along x at a constant speed; touches ahead at a given place."""

    speed_m_s: float
    wait_s: float = 0.0
    wall_x_m: float = math.inf
    now_s: float = 0.0
    touches: list = field(default_factory=list)

    @property
    def world(self):
        return self

    @property
    def truth(self):
        x_m = self.speed_m_s * max(0.0, self.now_s - self.wait_s)
        return Truth(self.now_s, SE2(x_m, 0.0, 0.0), self.speed_m_s * (self.now_s > self.wait_s))

    def touches_since(self, time_s):
        return tuple(t for t in self.touches if t.time_s > time_s)

    def step(self):
        self.now_s += 0.02
        if self.truth.T_home_robot.x_m >= self.wall_x_m:
            self.touches.append(Touch(self.now_s, (0.2, 0.0), (1.0, 0.0)))


def test_score_is_half_up_to_twice_the_optimal_time_and_an_eighth_from_eight_times_on():
    # 10 m at 2 m/s: the optimal time is 5 s
    assert score(True, 3.0, 10.0) == pytest.approx(0.5)
    assert score(True, 10.0, 10.0) == pytest.approx(0.5)
    assert score(True, 20.0, 10.0) == pytest.approx(0.25)
    assert score(True, 40.0, 10.0) == pytest.approx(0.125)
    assert score(True, 99.0, 10.0) == pytest.approx(0.125)
    assert score(False, 3.0, 10.0) == 0.0


def test_the_clock_starts_at_a_tenth_of_a_metre_and_stops_a_metre_before_the_goal():
    trial = run_trial(Straight(1.0, wait_s=5.0), (6.0, 0.0))
    assert trial.outcome == "success"
    assert trial.time_s == pytest.approx(5.0 - CLOCK_STARTS_M, abs=0.03)
    assert trial.way_m[-1][0] == pytest.approx(5.0, abs=0.11)


def test_a_contact_ends_the_run_and_is_caused_by_who_closes_in():
    trial = run_trial(Straight(1.0, wall_x_m=2.0), (6.0, 0.0))
    assert trial.outcome == "collision"
    assert trial.is_caused
    hit_at_rest = Straight(0.0)
    hit_at_rest.touches.append(Touch(1.0, (-0.2, 0.0), (-1.0, 0.0)))
    trial = run_trial(hit_at_rest, (6.0, 0.0))
    assert trial.outcome == "collision"
    assert not trial.is_caused


def test_time_runs_out_also_for_a_robot_that_never_moves():
    assert run_trial(Straight(0.1), (60.0, 0.0), 4.0).time_s == pytest.approx(4.0, abs=0.03)
    assert run_trial(Straight(0.0), (60.0, 0.0), 4.0).outcome == "timeout"


def test_summary_of_four_runs():
    def row(outcome, time_s, points, caused=False):
        return {"outcome": outcome, "time_s": time_s, "score": points, "caused": caused,
                "clearance_m": 0.1}  # fmt: skip

    s = summarize(
        [row("success", 5.0, 0.5), row("success", 15.0, 0.3), row("collision", 2.0, 0.0, True),
         row("timeout", 100.0, 0.0)]
    )  # fmt: skip
    assert (s["success"], s["collision"], s["timeout"], s["full"]) == (0.5, 0.25, 0.25, 0.25)
    assert s["time_s"] == pytest.approx(10.0)
    assert s["score"] == pytest.approx(0.2)
    assert s["caused"] == 1
    # Wilson, 2 of 4: centre 0.5, half width 1.96 / (1 + 0.96) sqrt(1/16 + 3.84/64) = 0.350
    assert s["success_low"] == pytest.approx(0.150, abs=1e-3)
    assert s["success_high"] == pytest.approx(0.850, abs=1e-3)
