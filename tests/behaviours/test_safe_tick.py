"""An exception in a leaf leaves nothing running, also where py_trees itself would."""

from __future__ import annotations

import pytest
from py_trees.behaviour import Behaviour
from py_trees.common import ParallelPolicy, Status
from py_trees.composites import Parallel, Selector, Sequence
from py_trees.trees import BehaviourTree

from behaviours.safe_tick import stop_all, tick_safely


class Motor(Behaviour):
    """Runs a motor from its first tick until it is terminated."""

    def __init__(self, name: str = "motor") -> None:
        super().__init__(name)
        self.is_on = False
        self.n_terminated = 0

    def initialise(self) -> None:
        self.is_on = True

    def update(self) -> Status:
        return Status.RUNNING

    def terminate(self, new_status: Status) -> None:
        self.is_on = False
        self.n_terminated += 1


class Bomb(Behaviour):
    """Raises in its n-th update."""

    def __init__(self, at: int = 1) -> None:
        super().__init__("bomb")
        self.left = at

    def update(self) -> Status:
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("boom")
        return Status.RUNNING


class Mule(Motor):
    """Refuses to be stopped."""

    def terminate(self, new_status: Status) -> None:
        raise RuntimeError("I do not want to")


def both(*children: Behaviour) -> Parallel:
    return Parallel("both", ParallelPolicy.SuccessOnAll(), children=list(children))


def under_selector(parallel: Behaviour) -> Behaviour:
    return Selector("root", memory=False, children=[parallel])


def test_py_trees_itself_leaves_the_sibling_running() -> None:
    """The fault that the guard is for; when this fails, py_trees has mended it."""
    motor = Motor()
    tree = BehaviourTree(under_selector(both(motor, Bomb())))
    with pytest.raises(RuntimeError, match="boom"):
        tree.tick()
    tree.interrupt()
    tree.shutdown()
    tree.root.stop(Status.INVALID)
    assert motor.status is Status.RUNNING
    assert motor.is_on


@pytest.mark.parametrize("at", [1, 2, 5])
def test_a_sibling_under_a_parallel_is_stopped(at: int) -> None:
    motor = Motor()
    root = under_selector(both(motor, Bomb(at)))
    for _ in range(at - 1):
        assert tick_safely(root) is None
        assert motor.is_on
    fault = tick_safely(root)
    assert fault is not None
    assert fault.reason == "RuntimeError: boom"
    assert "in update" in fault.trace
    assert not motor.is_on
    assert motor.n_terminated >= 1
    assert {node.status for node in root.iterate()} == {Status.INVALID}


def test_the_tree_can_be_ticked_again() -> None:
    motor = Motor()
    root = under_selector(both(motor, Bomb(1)))
    assert tick_safely(root) is not None
    assert tick_safely(root) is None
    assert root.status is Status.RUNNING
    assert motor.is_on


def test_a_node_that_cannot_stop_does_not_keep_the_others_running() -> None:
    first, mule, last = Motor("first"), Mule("mule"), Motor("last")
    root = Sequence("root", memory=False, children=[both(first, mule, last, Bomb())])
    assert tick_safely(root) is not None
    assert not first.is_on
    assert not last.is_on
    assert {node.status for node in root.iterate()} == {Status.INVALID}
    assert stop_all(root) == ["mule: RuntimeError: I do not want to"]
