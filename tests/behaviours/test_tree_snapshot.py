"""The tree as people see it."""

from __future__ import annotations

import numpy as np
from robot_bench import RobotBench

from behaviours.snapshot import snapshot, why
from behaviours.task_queue import TaskQueue
from behaviours.task_types import task_types
from behaviours.tree import RobotTree
from homebody.messages import default_body
from homebody.payloads import TaskRequest, TreeNodePayload, TreePayload
from navigation.exploration.explorer import next_viewpoint
from skills.config import SkillsConfig


def all_nodes(node: TreeNodePayload) -> list[TreeNodePayload]:
    return [node, *(inner for child in node.children for inner in all_nodes(child))]


def grown() -> tuple[RobotTree, TaskQueue]:
    types = task_types(default_body(), next_viewpoint, SkillsConfig())
    queue = TaskQueue(types)
    return RobotTree(types, queue), queue


def test_before_the_first_tick_all_is_invalid_and_nothing_is_done() -> None:
    tree, _ = grown()
    payload = tree.payload(5.0)
    assert (payload.tick, payload.ts) == (0, 5.0)
    assert {node.status for node in all_nodes(payload.root)} == {"invalid"}
    assert why(tree.root) == "Doing nothing."


def test_every_node_is_there_with_status_reason_and_kind() -> None:
    tree, queue = grown()
    queue.submit(
        TaskRequest(v=1, id="t", type="go_to", args={"x": 1.0, "y": 0.0}, ts=0.0), False, 0.0
    )
    tree.step(RobotBench().context(), False, False, 0.0, 0.0)
    payload = tree.payload(1.0)
    nodes = {node.id: node for node in all_nodes(payload.root)}
    assert len(nodes) == len(list(tree.root.iterate()))
    assert payload.root.kind == "selector"
    assert payload.root.status == "running"
    assert nodes["homebody/task"].kind == "sequence"
    task = nodes["homebody/task/do-the-task"]
    assert (task.kind, task.status) == ("leaf", "running")
    assert task.reason == "going to (1.00, 0.00): looking for a way"
    assert nodes["homebody/safety/lost"].status == "failure"
    assert nodes["homebody/idle"].status == "invalid"
    assert TreePayload.model_validate_json(payload.model_dump_json()) == payload


def test_ids_are_the_same_in_every_run() -> None:
    first, second = (snapshot(grown()[0].root, 0.0, 0).root for _ in range(2))
    assert [n.id for n in all_nodes(first)] == [n.id for n in all_nodes(second)]


def test_a_snapshot_is_a_copy() -> None:
    tree, _ = grown()
    bench = RobotBench()
    tree.step(bench.context(), False, False, 0.0, 0.0)
    before = tree.payload(0.0)
    text = before.model_dump_json()
    tree.step(bench.context(), True, False, 0.0, 0.1)
    assert before.model_dump_json() == text
    assert np.all([node.reason is not None for node in all_nodes(tree.payload(0.0).root)])
