"""What breaks, and what the robot does then: brain, body, broker, disk, clock, sensors, messages.

`--cases 3` takes one of each kind; without `--cases` all of them, quick: about half an hour on one
core. `--data` is not needed. `HOMEBODY_FAULTS_FULL=1` makes the long counts: 100 broker kills,
200 power cuts in 20 explorations, 100 000 messages, 5 runs of every case in lock step.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks import faults_lockstep as lockstep
from benchmarks import faults_messages as messages
from benchmarks import faults_processes as processes
from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases

_IS_FULL = os.environ.get("HOMEBODY_FAULTS_FULL", "") not in ("", "0")
_RUNS = 5 if _IS_FULL else 1
_BROKER_KILLS = 100 if _IS_FULL else 5
_POWER_CUTS, _EXPLORATIONS = 10, (20 if _IS_FULL else 1)  # the queue holds 16 tasks
_MESSAGES = 100_000 if _IS_FULL else 10_000
_OVER_BROKER = 5_000 if _IS_FULL else 1_000
_REACTION_S = 0.02
_SAID_S = 1.0
_NOTICED_S = 3.0
_COLUMNS = (
    "case", "runs", "contacts", "caused", "reaction_s", "stand_s", "stand_over_s", "said_s",
    "speed_in_fault_m_s", "recovered", "task", "words", "note",
)  # fmt: skip
_SENSOR_KINDS = {
    "lidar": "dead frozen nan zero max dropout delay swapped wrong_size",
    "depth": "dead frozen nan zero max dropout delay swapped wrong_size",
    "odometry": "dead frozen nan zero max dropout delay swapped",
    "cliff": "dead max dropout delay swapped wrong_size",
    "bump": "dead delay",
    "people": "dead",
    "head": "dead nan",
    "dock": "dead",
    "battery": "dead nan",
    "button": "dead",
}
# The worst or the sum of several runs of a case.
_WORST = (
    "reaction_s", "stand_s", "stand_over_s", "said_s", "speed_in_fault_m_s", "found_s",
    "rise_max_m_s2",
)  # fmt: skip
_SUMS = ("contacts", "caused", "false_alarms")


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    work: Callable[[], Row]


def find_cases(seed: int) -> list[Case]:
    """All cases; the first three are of three kinds."""
    cases = [
        _timed("brain/paused", partial(lockstep.brain_row, "paused"), seed),
        _timed("sensor/lidar-frozen", partial(lockstep.sensor_row, "lidar", "frozen"), seed),
        Case("messages/parsers", partial(messages.parser_row, _MESSAGES, seed)),
        _timed("no fault", lockstep.quiet_row, seed),
        _timed("brain/hiccups of 500 ms", lockstep.hiccup_row, seed),
        _timed("body/killed", lockstep.body_row, seed),
        _timed("emergency stop button", lockstep.button_row, seed),
        _timed("computer suspended", lockstep.suspended_row, seed),
        _timed("wheels/locked", partial(lockstep.wheel_row, "lock"), seed),
        _timed("wheels/spinning", partial(lockstep.wheel_row, "spin"), seed),
        _timed("wheels/slippery floor", lockstep.slip_row, seed),
        _timed("kidnapped", lockstep.kidnap_row, seed),
    ]
    cases += [
        _timed(f"brain/{how}", partial(lockstep.brain_row, how), seed)
        for how in ("killed", "garbage", "nan")
    ]
    for hours in (1, -1):
        work = partial(lockstep.clock_row, 3600.0 * hours)
        cases.append(_timed(f"clock/{hours:+d} h", work, seed))
    for sensor, kinds in _SENSOR_KINDS.items():
        for kind in kinds.split():
            name = f"sensor/{sensor}-{kind}"
            if name != cases[1].name:
                work = partial(lockstep.sensor_row, sensor, kind)
                cases.append(_timed(name, work, seed))
    return cases + _process_cases(seed)


def _process_cases(seed: int) -> list[Case]:
    cases = [
        Case(f"real/brain {how}", partial(processes.brain_row, how, seed))
        for how in ("stopped", "killed", "hangs")
    ]
    return [
        *cases,
        Case("real/body killed", partial(processes.body_row, seed)),
        Case("real/web killed", partial(processes.web_row, seed)),
        Case("real/brain burns the processors", partial(processes.busy_row, seed)),
        Case("real/disk full", partial(processes.full_disk_row, seed)),
        Case("real/broker killed", partial(processes.broker_row, _BROKER_KILLS, seed)),
        Case("real/messages", partial(messages.broker_row, _OVER_BROKER, seed)),
        *(
            Case(f"real/power cuts {k}", partial(processes.power_cut_row, _POWER_CUTS, seed + k))
            for k in range(_EXPLORATIONS)
        ),
    ]


def _timed(name: str, work: Callable[[int], Row], seed: int) -> Case:
    return Case(name, partial(_runs, work, seed))


def _runs(work: Callable[[int], Row], seed: int) -> Row:
    """Several runs in one row: the worst times, all contacts, the words of the first."""
    rows = [work(seed + k) for k in range(_RUNS)]
    row = dict(rows[0])
    for name in _WORST:
        if name in row:
            values = [float(r[name]) for r in rows]
            row[name] = math.nan if any(map(math.isnan, values)) else max(values)
    for name in _SUMS:
        if name in row:
            row[name] = sum(r[name] for r in rows)
    if "recovered" in row:
        row["recovered"] = all(r["recovered"] for r in rows)
    ends = sorted({str(r["task"]) for r in rows})
    return row | {"runs": len(rows), "task": ", ".join(ends)}


def run_case(case: Case, seed: int) -> Row:
    """One row of the table; a robot that does not come up is a row too."""
    try:
        row = case.work()
    except (TimeoutError, AssertionError) as problem:
        row = {"note": f"not measured: {problem}", "failed": True}
    notes = [f"{key} {row[key]}" for key in _NOTED if key in row]
    shown = {"note": "; ".join(notes)} if notes else {}
    return {"case": case.name, "seed": seed, "runs": 1, **row, **shown}


_NOTED = (
    "false_alarms", "crashes", "unanswered", "too_large", "good", "good_served", "rejected",
    "growth_mb", "unreadable", "map_lost_max_s", "tasks_lost", "tasks_twice", "found_s",
    "period_p99_ms", "period_jitter_ms", "rise_max_m_s2",
)  # fmt: skip


def run(options: Options) -> int:
    """The whole benchmark."""
    cases = choose(find_cases(options.seed), options.cases, lambda case: case.name)
    work = partial(run_case, seed=options.seed)
    rows = run_cases(work, cases, options.jobs, "faults")
    return finish("faults", options, rows, _COLUMNS, _summary(rows), _targets(rows))


def _summary(rows: list[Row]) -> dict[str, float]:
    return {
        "cases": float(len(rows)),
        "not_measured": float(sum(bool(row.get("failed")) for row in rows)),
        "contacts": _total(rows, "contacts"),
        "caused": _total(rows, "caused"),
        "said_worst_s": _worst(rows, "said_s"),
        "stand_over_worst_s": _worst(rows, "stand_over_s"),
    }


def _targets(rows: list[Row]) -> list[Target]:
    """Only those about something that was measured."""
    timed = [row for row in rows if row["case"].startswith(("sensor/", "brain/"))]
    told = [row["said_s"] for row in timed if "said_s" in row]
    in_time = sum(s <= _SAID_S for s in told) / len(told) if told else math.nan
    moved = [row for row in rows if row["case"].startswith(("wheels/", "kidnapped"))]
    wanted = [
        Target("not measured", 0.0, float(sum("failed" in r for r in rows)), at_most=True),
        Target("contacts", 0.0, _total(rows, "contacts"), at_most=True),
        Target("braking begins [s]", _REACTION_S, _worst(rows, "reaction_s"), at_most=True),
        Target("stand beyond physics [s]", 0.0, _worst(rows, "stand_over_s"), at_most=True),
        Target("share of faults said within 1 s", 1.0, in_time),
        Target("slip and carrying noticed [s]", _NOTICED_S, _slowest(moved), at_most=True),
        Target("control period p99 [ms]", 25.0, _worst(rows, "period_p99_ms"), at_most=True),
        Target("rise after a suspension [m/s2]", 1.2, _worst(rows, "rise_max_m_s2"), at_most=True),
        Target("false alarms", 0.0, _worst(rows, "false_alarms"), at_most=True),
        Target("crashes by messages", 0.0, _worst(rows, "crashes"), at_most=True),
        Target("messages without a reason", 0.0, _worst(rows, "unanswered"), at_most=True),
        Target("good ones not served", 0.0, _unserved(rows), at_most=True),
        Target("maps not readable", 0.0, _worst(rows, "unreadable"), at_most=True),
        Target("map lost by a power cut [s]", 10.0, _worst(rows, "map_lost_max_s"), at_most=True),
        Target("tasks lost", 0.0, _worst(rows, "tasks_lost"), at_most=True),
        Target("tasks run twice", 0.0, _worst(rows, "tasks_twice"), at_most=True),
    ]
    return [target for target in wanted if not math.isnan(target.value)]


def _slowest(rows: list[Row]) -> float:
    """The latest word; infinite where there never was one."""
    values = [float(row["said_s"]) for row in rows if "said_s" in row]
    return max((math.inf if math.isnan(v) else v for v in values), default=math.nan)


def _unserved(rows: list[Row]) -> float:
    both = [row for row in rows if "good_served" in row]
    return float(sum(r["good"] - r["good_served"] for r in both)) if both else math.nan


def _total(rows: list[Row], name: str) -> float:
    return float(sum(row.get(name, 0) or 0 for row in rows))


def _worst(rows: list[Row], name: str) -> float:
    values = [float(row[name]) for row in rows if name in row]
    return max((v for v in values if not math.isnan(v)), default=math.nan)


if __name__ == "__main__":
    main(run, __doc__ or "")
