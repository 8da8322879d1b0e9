"""Faults in lock step: the robot at full speed in the default home, exact to a tick."""

from __future__ import annotations

import math

import numpy as np

from app.lockstep import BODY_PERIOD_S
from benchmarks.common import Row
from benchmarks.faults_trial import Mangle, Trial, drive, full_speed_s
from drivers.simulation.scenario import (
    ButtonPress,
    ProcessFault,
    Scenario,
    SensorFault,
    TimedPose,
    WheelFault,
    WheelSlip,
)
from homebody.messages import BodyReport, Command
from navigation.sensor_health.sensors import WORDS

FAULT_S = 6.0  # how long a passing fault lasts
_RECOVERED_S = 4.0
_TRIAL_MAX_S = 60.0
_AGE_MAX_S = 0.3
_HICCUP_S, _HICCUP_EVERY_S, _N_HICCUPS = 0.5, 2.0, 6
_NOTICED_M = 0.3
SUSPENDED_S = 10.0
_LURCH_S, _RISE_S = 3.0, 0.1  # how long after, and over which time, a rise of the speed is sought

# --- the brain is gone or mad ------------------------------------------------------------------


def brain_row(action: str, seed: int) -> Row:
    """Its commands stop coming, or become nonsense."""
    at_s = round(full_speed_s(seed), 2)
    faults = [ProcessFault(process="brain", action="pause", at_s=at_s)]
    if action in ("paused", "garbage", "nan"):
        faults.append(ProcessFault(process="brain", action="resume", at_s=at_s + FAULT_S))
    mangle = None
    if action in ("garbage", "nan"):
        faults, mangle = [], _mangler(action, seed, at_s, at_s + FAULT_S)
    until_s = at_s + FAULT_S if action == "killed" else _TRIAL_MAX_S
    trial = drive(Scenario(process_faults=tuple(faults)), seed, until_s, mangle)
    return _braking_row(trial, at_s)


def hiccup_row(seed: int) -> Row:
    """500 ms without a command, again and again."""
    at_s = full_speed_s(seed)
    faults = []
    for k in range(_N_HICCUPS):
        begin_s = at_s + k * _HICCUP_EVERY_S
        faults.append(ProcessFault(process="brain", action="pause", at_s=begin_s))
        faults.append(ProcessFault(process="brain", action="resume", at_s=begin_s + _HICCUP_S))
    trial = drive(Scenario(process_faults=tuple(faults)), seed, _TRIAL_MAX_S)
    return {"contacts": trial.contacts, "caused": trial.caused, "task": trial.end}


def body_row(seed: int) -> Row:
    """The body's loop is gone: the motor controller's own timeout."""
    at_s = full_speed_s(seed)
    trial = drive(Scenario(), seed, at_s + 3.0, body_dies_s=at_s)
    stand_s = trial.stands_s(at_s) - at_s
    over_s = stand_s - _AGE_MAX_S - trial.speed_at(at_s) / 3.0
    return {
        "contacts": trial.contacts,
        "caused": trial.caused,
        "stand_s": stand_s,
        "stand_over_s": over_s,
        "task": "none is left to go on",
    }


def button_row(seed: int) -> Row:
    """The emergency stop button on the robot is pressed and let go: it stands, and stays."""
    at_s = full_speed_s(seed)
    press = ButtonPress(from_s=at_s, to_s=at_s + 1.0)
    trial = drive(Scenario(button_presses=(press,)), seed, at_s + 4.0, linger_s=4.0)
    stand_s = trial.stands_s(at_s) - at_s
    after = [abs(v) for t, v in zip(trial.time_s, trial.speed_m_s, strict=True) if t > at_s + 1.0]
    return {
        "contacts": trial.contacts,
        "caused": trial.caused,
        "stand_s": stand_s,
        "stand_over_s": stand_s - trial.speed_at(at_s) / 3.0,
        "said_s": trial.first_s(lambda r: r.is_estopped, at_s) - at_s,
        "words": trial.reports[-1].stop_reason,
        "speed_in_fault_m_s": max(after),
        "task": trial.end,
    }


def suspended_row(seed: int) -> Row:
    """The computer is suspended for 10 s, brain and body alike; its base goes on by itself."""
    at_s = full_speed_s(seed)
    back_s = at_s + SUSPENDED_S
    trial = drive(Scenario(), seed, _TRIAL_MAX_S, body_dies_s=at_s, body_is_back_s=back_s)
    first, last = np.searchsorted(trial.time_s, [back_s, back_s + _LURCH_S])
    speed = np.abs(trial.speed_m_s[int(first) : int(last)])
    n = round(_RISE_S / BODY_PERIOD_S)
    rise_m_s2 = float((speed[n:] - speed[:-n]).max()) / _RISE_S
    return {
        "contacts": trial.contacts,
        "caused": trial.caused,
        "stand_s": trial.stands_s(at_s) - at_s,
        "rise_max_m_s2": rise_m_s2,
        "task": trial.end,
        "words": _said_between(trial, back_s - BODY_PERIOD_S, back_s + 0.5),
    }


def _said_between(trial: Trial, from_s: float, to_s: float) -> str:
    reports = [r for r in trial.reports if from_s <= r.time_s <= to_s]
    return next((r.stop_reason for r in reports if r.stop_reason), "")


def _mangler(action: str, seed: int, from_s: float, to_s: float) -> Mangle:
    rng = np.random.default_rng(seed)

    def mangle(command: Command | None, now_s: float) -> object:
        if not from_s <= now_s < to_s:
            return command
        values = rng.choice([np.nan, np.inf, -1e9, 1e9, 1.0], 5)
        bad = np.full(5, np.nan) if action == "nan" else values
        time_s = np.linspace(0.0, 1.0, 5)
        wild = Command(now_s, now_s, time_s, bad, bad, bad, bad)
        if action == "nan":
            return wild
        nonsense = (wild, rng.bytes(40), None, "full speed", Command.stand(now_s + 1e6, ""), 7)
        return nonsense[rng.integers(len(nonsense))]

    return mangle


def _braking_row(trial: Trial, at_s: float) -> Row:
    held_s = trial.first_s(lambda r: r.stop_reason.startswith("the newest command is"), at_s)
    held = next((r for r in trial.reports if r.time_s == held_s), None)
    reaction_s = math.nan if held is None else held.command_age_s - _AGE_MAX_S
    issued_s = math.nan if held is None else held_s - held.command_age_s
    speed = trial.speed_at(issued_s + _AGE_MAX_S) if held is not None else math.nan
    stand_s = trial.stands_s(at_s) - issued_s
    return {
        "contacts": trial.contacts,
        "caused": trial.caused,
        "reaction_s": reaction_s,
        "stand_s": stand_s,
        "stand_over_s": stand_s - _AGE_MAX_S - speed / 3.0,
        "said_s": held_s - issued_s - _AGE_MAX_S,
        "words": held.stop_reason if held is not None else "",
        "task": trial.end,
        "speed_m_s": speed,
    }


# --- sensors, wheels, place --------------------------------------------------------------------


def sensor_row(sensor: str, kind: str, seed: int) -> Row:
    """One sensor is bad for a while."""
    at_s = full_speed_s(seed)
    fault = SensorFault.model_validate(
        {
            "sensor": sensor,
            "kind": kind,
            "from_s": at_s,
            "to_s": at_s + FAULT_S,
            "share": 0.3 if kind == "dropout" else 1.0,
            "extra_delay_s": 1.0 if kind == "delay" else 0.0,
        }
    )
    trial = drive(Scenario(sensor_faults=(fault,)), seed, _TRIAL_MAX_S)
    return _fault_row(trial, at_s, WORDS[sensor])


def wheel_row(kind: str, seed: int) -> Row:
    """Both wheels are locked, or spin."""
    at_s = full_speed_s(seed)
    fault = WheelFault.model_validate({"kind": kind, "from_s": at_s, "to_s": at_s + FAULT_S})
    trial = drive(Scenario(wheel_faults=(fault,)), seed, _TRIAL_MAX_S)
    return _wheel_row(trial, at_s)


def slip_row(seed: int) -> Row:
    """A smooth floor: each wheel slips by 20 % RMS."""
    at_s = full_speed_s(seed)
    slip = WheelSlip(std=0.2, from_s=at_s, to_s=at_s + FAULT_S)
    trial = drive(Scenario(wheel_slip=(slip,)), seed, _TRIAL_MAX_S)
    return _wheel_row(trial, at_s)


def _wheel_row(trial: Trial, at_s: float) -> Row:
    """What the body says, or else what the brain says."""
    row = _fault_row(trial, at_s, "wheels")
    if math.isnan(row["said_s"]):
        row["said_s"], row["words"] = _brain_said(trial, at_s)
    return row


def _brain_said(trial: Trial, at_s: float) -> tuple[float, str]:
    """When the brain first says that it was moved or is lost, and its words."""
    said = [(t, words[0]) for t, words in trial.told if t > at_s and words]
    said += [(t, words) for t, words in trial.activity if t > at_s and "not sure where" in words]
    first_s, words = min(said, default=(math.nan, ""))
    return first_s - at_s, words


def kidnap_row(seed: int) -> Row:
    """Carried elsewhere in no time: noticed is said, or known rightly where."""
    at_s = full_speed_s(seed)
    place = TimedPose(x_m=1.2, y_m=1.2, yaw_rad=1.0, at_s=at_s)
    trial = drive(Scenario(relocations=(place,)), seed, _TRIAL_MAX_S)
    said_s, words = _brain_said(trial, at_s)
    found_s = next((t for t, e in trial.errors_m if t > at_s + 0.2 and e < _NOTICED_M), math.nan)
    error_m = trial.errors_m[-1][1]
    return {
        "contacts": trial.contacts,
        "caused": trial.caused,
        "said_s": said_s,
        "found_s": found_s - at_s,
        "words": words,
        "task": f"{trial.end}, {error_m:.2f} m wrong at the end",
    }


def _fault_row(trial: Trial, at_s: float, name: str) -> Row:
    """A fault between `at_s` and its end, told in words that name a thing."""

    def tells(report: BodyReport) -> bool:
        return any(name in words for words in report.faults)

    said_s = trial.first_s(tells, at_s)
    words = next((r.faults for r in trial.reports if r.time_s == said_s), ())
    late = [r for r in trial.reports if r.time_s > at_s + FAULT_S + _RECOVERED_S]
    during = [
        abs(v)
        for t, v in zip(trial.time_s, trial.speed_m_s, strict=True)
        if at_s + 1.0 < t < at_s + FAULT_S
    ]
    return {
        "contacts": trial.contacts,
        "caused": trial.caused,
        "said_s": said_s - at_s,
        "words": next((w for w in words if name in w), ""),
        "speed_in_fault_m_s": max(during, default=math.nan),
        "recovered": not any(tells(r) for r in late),
        "stand_s": trial.stands_s(at_s) - at_s,
        "task": trial.end,
    }


def quiet_row(seed: int) -> Row:
    """No fault at all: how many ticks complain of a sensor."""
    trial = drive(Scenario(), seed, _TRIAL_MAX_S)
    n = sum(bool(r.faults) for r in trial.reports if r.time_s > BODY_PERIOD_S * 50)
    return {
        "contacts": trial.contacts,
        "caused": trial.caused,
        "false_alarms": n,
        "task": trial.end,
    }


def clock_row(jump_s: float, seed: int) -> Row:
    """The wall clock jumps while a task runs and another waits: both are done all the same."""
    at_s = full_speed_s(seed)
    trial = drive(Scenario(), seed, _TRIAL_MAX_S, clock_jump=(at_s, jump_s))
    held = [r for r in trial.reports if r.time_s > at_s and r.stop_reason]
    return {
        "contacts": trial.contacts,
        "caused": trial.caused,
        "words": held[0].stop_reason if held else "",
        "task": trial.end,
    }
