"""What every benchmark shares: its options, its progress, its table, its JSON and its exit code.

Exit code 0 when every target is met, 1 when one is not, 2 on bad use.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from joblib import Parallel, delayed
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.process import use_one_thread

CaseT = TypeVar("CaseT")
Row = dict[str, Any]

EXIT_MET, EXIT_MISSED, EXIT_BAD_USE = 0, 1, 2
_WILSON_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Options:
    """The options that every benchmark takes."""

    data: Path | None
    cases: str | None
    seed: int
    jobs: int
    json: Path | None


@dataclass(frozen=True, slots=True)
class Target:
    """A promise and what was measured; `at_most` says in which direction it is kept."""

    name: str
    target: float
    value: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        if math.isnan(self.value):
            return False
        return self.value <= self.target if self.at_most else self.value >= self.target


def parse_options(description: str, argv: Sequence[str] | None = None) -> Options:
    """Read the command line; bad use ends the program with exit code 2."""
    parser = make_parser(description)
    return Options(**vars(parse_checked(parser, argv)))


def make_parser(description: str) -> argparse.ArgumentParser:
    """A parser of the options that every benchmark takes, for one that takes more."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, help="folder of public data, searched recursively")
    parser.add_argument("--cases", help="only the first N, or those whose name matches a GLOB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="cases to run at once")
    parser.add_argument("--json", type=Path, help="where to write the result")
    return parser


def parse_checked(
    parser: argparse.ArgumentParser, argv: Sequence[str] | None = None
) -> argparse.Namespace:
    """The arguments; bad use ends the program with exit code 2."""
    arguments = parser.parse_args(argv)
    if arguments.data is not None and not arguments.data.is_dir():
        parser.error(f"--data {arguments.data}: no such folder")
    if arguments.jobs < 1:
        parser.error(f"--jobs {arguments.jobs}: allowed: 1 or more")
    return arguments


def choose(
    cases: Sequence[CaseT], pattern: str | None, name: Callable[[CaseT], str]
) -> list[CaseT]:
    """The first N cases, or those whose name matches, or all."""
    if pattern is None:
        return list(cases)
    if pattern.isdigit():
        return list(cases[: int(pattern)])
    return [case for case in cases if fnmatch.fnmatch(name(case), pattern)]


def run_cases(
    work: Callable[[CaseT], Row], cases: Sequence[CaseT], jobs: int, title: str
) -> list[Row]:
    """Run every case, `jobs` at once in processes of their own, with a progress bar on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task(title, total=len(cases))
        rows: list[Row] = []
        results: Iterable[Row] = Parallel(n_jobs=jobs, return_as="generator")(
            delayed(_in_one_thread)(work, case) for case in cases
        )
        for row in results:
            rows.append(row)
            progress.advance(bar)
    return rows


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a rate (Wilson 1927)."""
    if trials == 0:
        return 0.0, 1.0
    rate, z2 = successes / trials, _WILSON_Z**2
    centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = (
        _WILSON_Z / (1 + z2 / trials) * math.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials**2))
    )
    return max(0.0, centre - half), min(1.0, centre + half)


def finish(
    name: str,
    options: Options,
    rows: Sequence[Row],
    columns: Sequence[str],
    summary: Mapping[str, float],
    targets: Sequence[Target],
) -> int:
    """Print the table and the targets, write the JSON, and return the exit code."""
    console = Console(width=max(120, Console().width))
    table = Table(*columns, title=name)
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    console.print(table)
    verdict = Table("target", "wanted", "measured", "met")
    for target in targets:
        sign = "<=" if target.at_most else ">="
        met = "yes" if target.is_met else "NO"
        verdict.add_row(target.name, f"{sign} {_cell(target.target)}", _cell(target.value), met)
    console.print(verdict)
    if options.json is not None:
        _write_json(name, options, rows, summary, targets)
    return EXIT_MET if all(target.is_met for target in targets) else EXIT_MISSED


def machine() -> str:
    """A line about the machine, for the record."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def commit() -> str:
    """The commit that is measured, with a mark when the tree has been changed."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def _write_json(
    name: str,
    options: Options,
    rows: Sequence[Row],
    summary: Mapping[str, float],
    targets: Sequence[Target],
) -> None:
    assert options.json is not None
    result = {
        "benchmark": name,
        "commit": commit(),
        "machine": machine(),
        "settings": {key: str(value) for key, value in asdict(options).items()},
        "summary": dict(summary),
        "targets": [
            {"name": t.name, "target": t.target, "value": t.value, "met": t.is_met} for t in targets
        ],
        "cases": list(rows),
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1, default=str) + "\n")


def _in_one_thread(work: Callable[[CaseT], Row], case: CaseT) -> Row:
    use_one_thread()
    return work(case)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"
    return "" if value is None else str(value)


def main(run: Callable[[Options], int], description: str) -> None:
    """Entry point of a benchmark module."""
    sys.exit(run(parse_options(description)))
