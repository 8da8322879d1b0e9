"""The tree as people see it: every node with its status and reason, and one sentence that says why.

Ids are paths of names, so that they stay the same from tick to tick and from run to run.
Cost: about 0.15 ms for a snapshot, 20 us for the sentence.
"""

from __future__ import annotations

from typing import Literal

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Parallel, Selector, Sequence
from py_trees.decorators import Decorator

from behaviours.leaves import Check
from homebody.payloads import TreeNodePayload, TreePayload

Kind = Literal["selector", "sequence", "parallel", "decorator", "leaf"]
StatusName = Literal["invalid", "running", "success", "failure"]

_KINDS: tuple[tuple[type[Behaviour], Kind], ...] = (
    (Selector, "selector"),
    (Sequence, "sequence"),
    (Parallel, "parallel"),
    (Decorator, "decorator"),
)
_STATUS_NAMES: dict[Status, StatusName] = {
    Status.INVALID: "invalid",
    Status.RUNNING: "running",
    Status.SUCCESS: "success",
    Status.FAILURE: "failure",
}
_REASON_MAX = 500


def snapshot(root: Behaviour, wall_s: float, tick: int) -> TreePayload:
    """The tree as it was ticked last."""
    return TreePayload(ts=wall_s, tick=tick, root=_node(root, ""))


def why(root: Behaviour) -> str:
    """What the robot does and why, in one plain sentence, from the path that was taken."""
    reasons: list[str] = []
    node: Behaviour | None = root
    doing = ""
    while node is not None:
        doing = node.feedback_message
        reasons += [c.feedback_message for c in node.children if _is_reason(c)]
        node = next((child for child in node.children if _is_taken(child)), None)
    if not doing:
        return "Doing nothing."
    because = ", because " + " and ".join(reasons) if reasons else ""
    return f"{doing[0].upper()}{doing[1:]}{because}."


def _is_taken(node: Behaviour) -> bool:
    """Whether the tick went this way; a condition is a reason for the way, not the way."""
    is_on = node.status in (Status.RUNNING, Status.SUCCESS)
    return is_on and not isinstance(node, Check)


def _is_reason(node: Behaviour) -> bool:
    return isinstance(node, Check) and node.status is Status.SUCCESS


def _node(node: Behaviour, parent_id: str) -> TreeNodePayload:
    name = node.name.replace(" ", "-")
    node_id = f"{parent_id}/{name}" if parent_id else name
    return TreeNodePayload(
        id=node_id,
        name=node.name,
        kind=next((kind for cls, kind in _KINDS if isinstance(node, cls)), "leaf"),
        status=_STATUS_NAMES[node.status],
        reason=node.feedback_message[:_REASON_MAX],
        children=[_node(child, node_id) for child in node.children],
    )
