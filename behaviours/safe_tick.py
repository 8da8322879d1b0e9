"""Ticks a tree so that an exception in a leaf leaves nothing running.

py_trees stops only what it believes to be running: when a leaf raises in the first tick under a
Parallel, the Parallel is still INVALID while a child already runs, and no `stop`, `interrupt` or
`shutdown` of the tree reaches that child. So after an exception every node is stopped by itself.
Cost: none beyond the tick.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from py_trees.behaviour import Behaviour
from py_trees.common import Status


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception that came out of a tick.

    Attributes:
        reason: Its words, fit for a person.
        trace: Where it came from, for the log.
    """

    reason: str
    trace: str


def tick_safely(root: Behaviour) -> Fault | None:
    """Tick once; after an exception every node is INVALID and every leaf was terminated."""
    try:
        root.tick_once()
    except Exception as problem:  # whatever a leaf raises, the robot must end up standing
        fault = Fault(f"{type(problem).__name__}: {problem}", traceback.format_exc())
        stop_all(root)
        return fault
    return None


def stop_all(root: Behaviour) -> list[str]:
    """Stop every node, children first, whatever its status; what the nodes raise is returned."""
    problems = []
    for node in root.iterate():
        try:
            node.stop(Status.INVALID)
        except Exception as problem:  # one node that cannot stop must not keep the others running
            problems.append(f"{node.name}: {type(problem).__name__}: {problem}")
            node.status = Status.INVALID
    return problems
