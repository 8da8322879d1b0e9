"""Mapping a whole building from scans and odometry: track, link, close loops, optimise.

`track` is what must keep up with the sensor; `close_loops` is the slow work beside it, and `finish`
what is worth doing once at the end. Poses of scans that are no nodes hang on the node before them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.graph_slam.closures import PlaceMatcher, path_covariance
from navigation.graph_slam.config import GraphSlamConfig
from navigation.graph_slam.consistency import PathCovariance, agrees, largest_agreement
from navigation.graph_slam.edges import Edge, EdgeKind
from navigation.graph_slam.front_end import FrontEnd, place_half_m
from navigation.graph_slam.place import Place
from navigation.graph_slam.scans import Keyframe
from navigation.mapping.beams import Beams

Optimiser = Callable[[FloatArray, Sequence[Edge]], tuple[FloatArray, FloatArray]]
_CHI2_FALSE = 25.0
_N_PENDING = 12
_SEARCH_EVERY = 2  # at the end
_SHARPEST = np.diag([0.006**2, 0.006**2, 0.003**2])


class GraphSlam:
    """See the module.

    Args:
        optimise: Poses (N, 3) and edges to better poses and each edge's chi square (E,):
            `pose_graph.optimise_and_judge`, or a job that calls it in another process.
        closes_loops: False leaves only the front end, to see what the rest is good for.
    """

    def __init__(
        self, config: GraphSlamConfig, optimise: Optimiser, *, closes_loops: bool = True
    ) -> None:
        self._config = config
        self._optimise = optimise
        self._closes_loops = closes_loops
        half_m = place_half_m(config.front_end.range_max_m)
        self._front = FrontEnd(config.front_end)
        self._matcher = PlaceMatcher(config.closure, config.front_end.match, Place(half_m))
        self.keyframes: list[Keyframe] = []
        self.edges: list[Edge] = []
        self._poses = np.zeros((0, 3))
        self._T_front_keyframe = SE2.identity()
        self._hangs_on: list[tuple[int, SE2]] = []  # node of each scan, and its pose there
        self._pending: list[Edge] = []
        self._offered: list[Edge] = []
        self._n_linked = 0
        self._n_optimised = 0

    # --- what is known ------------------------------------------------------------------------

    @property
    def poses(self) -> FloatArray:
        """Of the nodes, shape (N, 3)."""
        return self._poses.copy()

    def trajectory(self) -> FloatArray:
        """Poses of all scans as they are believed now, shape (n, 3)."""
        return np.array([self._pose_of(k).as_array() for k in range(len(self._hangs_on))])

    def _pose_of(self, scan: int) -> SE2:
        node, T_node_scan = self._hangs_on[scan]
        return SE2.from_array(self._poses[node]) @ T_node_scan

    # --- the front end ------------------------------------------------------------------------

    def track(self, beams: Beams, odometry: SE2 | None) -> SE2:
        """Take in a scan, deskewed, in the robot frame; where it was, for all that is known now."""
        tracked = self._front.step(beams, odometry)
        T_keyframe_robot = self._T_front_keyframe.inverse() @ tracked.T_front_robot
        if tracked.is_keyframe:
            self._add_node(tracked.beams, T_keyframe_robot, tracked.covariance, tracked.quality)
            self._T_front_keyframe = tracked.T_front_robot
            T_keyframe_robot = SE2.identity()
        self._hangs_on.append((len(self.keyframes) - 1, T_keyframe_robot))
        return self._pose_of(len(self._hangs_on) - 1)

    def _add_node(
        self, beams: Beams, relative: SE2, covariance: FloatArray, quality: float
    ) -> None:
        node = len(self.keyframes)
        self.keyframes.append(Keyframe(len(self._hangs_on), beams))
        if node == 0:
            self._poses = np.zeros((1, 3))
            return
        pose = SE2.from_array(self._poses[-1]) @ relative
        self._poses = np.concatenate((self._poses, pose.as_array()[None]))
        information = np.asarray(np.linalg.inv(covariance + _SHARPEST), dtype=np.float64)
        measured = relative.wrapped().as_array()
        kind = EdgeKind.SEQUENTIAL
        self.edges.append(Edge(node - 1, node, measured, information, kind, quality))

    # --- the back end -------------------------------------------------------------------------

    def wants_closures(self) -> bool:
        """Whether enough is new for `close_loops`."""
        n_new = len(self.keyframes) - self._n_linked
        return self._closes_loops and n_new >= self._config.closure.every_scans

    def close_loops(self) -> None:
        """Link the new nodes to places near and far, and optimise where that changed something."""
        first, self._n_linked = self._n_linked, len(self.keyframes)
        paths = PathCovariance(self._poses, self.edges)
        for node in range(first, len(self.keyframes)):
            self.edges += self._links(node, paths, node)
        self.edges += self._agreeing(EdgeKind.LANDMARK, paths)
        found = self._searched(len(self.keyframes) - 1, paths)
        has_closed = self._believes(found + self._agreeing(EdgeKind.CLOSURE, paths), paths)
        is_due = len(self.keyframes) - self._n_optimised >= self._config.optimise_every
        if has_closed or is_due:
            self._reoptimise()

    def _links(self, node: int, paths: PathCovariance, n_nodes: int) -> list[Edge]:
        """To places that are known to be near."""
        variance_m2 = paths.distances(node)
        places = self._matcher.near_places(node, self._poses, variance_m2, n_nodes)
        found = (self._matcher.link(node, k, self.keyframes, self._poses) for k in places)
        return [edge for edge in found if edge is not None]

    def offer(self, edges: Sequence[Edge]) -> None:
        """Measurements by other senses, for the next `close_loops`.

        Those between neighbours must agree with the graph, closures with another closure.
        """
        self._offered += edges

    def _agreeing(self, kind: EdgeKind, paths: PathCovariance) -> list[Edge]:
        """What was offered of a kind; of landmarks, what agrees with the graph."""
        taken = [edge for edge in self._offered if edge.kind is kind]
        self._offered = [edge for edge in self._offered if edge.kind is not kind]
        if kind is EdgeKind.CLOSURE:
            return taken
        return [edge for edge in taken if agrees(edge, self._poses, paths)]

    def _searched(self, node: int, paths: PathCovariance) -> list[Edge]:
        """Far places that look like what was seen about a node."""
        places = self._matcher.far_places(node, self._poses, paths.distances(node), node)
        found = []
        for place in places:
            covariance = path_covariance(paths, place, node)
            edge = self._matcher.find(node, place, self.keyframes, self._poses, covariance)
            if edge is not None:
                found.append(edge)
        return found

    def _believes(self, found: list[Edge], paths: PathCovariance) -> bool:
        """Whether finds close a loop together with others; then the graph has them."""
        self._pending = [*self._pending, *found][-_N_PENDING:]
        if not found or len(self._pending) < self._config.closure.n_agree:
            return False
        chosen = largest_agreement(self._pending, self._poses, paths)
        if len({self._pending[k].second for k in chosen}) < self._config.closure.n_agree:
            return False
        self.edges += [self._pending[k] for k in chosen]
        self._pending = [e for k, e in enumerate(self._pending) if k not in set(chosen)]
        return True

    def _reoptimise(self) -> None:
        self._poses, chi2 = self._optimise(self._poses, self.edges)
        self._n_optimised = len(self.keyframes)
        self.edges = [
            edge
            for edge, error in zip(self.edges, chi2, strict=True)
            if error < _CHI2_FALSE or edge.kind is EdgeKind.SEQUENTIAL
        ]

    # --- the end ------------------------------------------------------------------------------

    def finish(self) -> None:
        """Link everything again from better poses, to later places too, and optimise."""
        if not self._closes_loops:
            return
        self.close_loops()
        self._reoptimise()
        for _ in range(self._config.n_sweeps):
            paths = PathCovariance(self._poses, self.edges)
            for node in range(0, len(self.keyframes), _SEARCH_EVERY):
                self._believes(self._searched(node, paths), paths)
            kept = [e for e in self.edges if e.kind is not EdgeKind.NEARBY]
            n = len(self.keyframes)
            links = [e for node in range(n) for e in self._links(node, paths, n)]
            self.edges = kept + links
            self._reoptimise()
