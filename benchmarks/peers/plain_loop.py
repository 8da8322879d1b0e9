"""The floor: one plain compiled loop over samples, steps and points, with the same costs.

Everything about a sample is worked out at once, with nothing kept but a few numbers; no arrays of
intermediate results, no library calls. Equations of docs/maths/local_planner.md.
"""

from __future__ import annotations

import math

import numpy as np

from benchmarks.peers import numbers as n
from benchmarks.planner_case import PlanningCase, distance_m
from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.local_planner.fields import Field
from navigation.local_planner.footprint import boundary_points
from navigation.types import Float32Array

_CORNER = 0.1
_TWO_PI = 2.0 * math.pi


class PlainLoop:
    """One cycle per `step` over a case's samples and map."""

    def __init__(self, case: PlanningCase) -> None:
        self._case = case
        scene, h, c = case.scene, case.config.hazard, case.config.costs
        assert scene.unknown is not None
        assert scene.people is not None
        assert scene.last_speed is not None
        assert scene.last_yaw_rate is not None
        footprint, time_s = scene.footprint, case.rollout().time_s
        self.step_s = float(time_s[1] - time_s[0])
        boundary = boundary_points(footprint.polygon_m, case.config.footprint_spacing_m)
        half_gap = 0.5 * float(
            np.linalg.norm(np.roll(boundary, -1, axis=0) - boundary, axis=1).max()
        )
        discs = footprint.discs_m()
        cover = np.linalg.norm(boundary[:, None] - discs[None, :, :2], axis=2).min(axis=1).max()
        edge = _CORNER / scene.distance.per_m
        reach = n.Reach.of(case.goal_tolerance_m)
        fading = np.exp(-time_s / n.CONSISTENCY_FADING_S) * c.consistency * self.step_s
        fading[[0, -1]] *= 0.5
        impatience = -0.5 * np.exp(-(time_s[1:] - 0.5 * self.step_s) / h.patience_s)
        planes = np.column_stack([footprint.normals, footprint.offsets_m + h.person_radius_m])
        per_m_s = n.seconds_per_metre(case.body)
        yaw = case.request.state.T_map_robot.yaw_rad
        self._boundary, self._discs = boundary.astype(np.float32), discs.astype(np.float32)
        self._planes = planes.astype(np.float32)
        self._people = (scene.people.x, scene.people.y, scene.people.std_m)
        over_time = (scene.last_speed, scene.last_yaw_rate, fading, np.append(impatience, 0.0))
        self._over_time = np.array(over_time, np.float32)
        self._places = np.array([_place(f) for f in (scene.distance, scene.unknown, case.to_goal)])
        self._fields = (scene.unknown.values, case.to_goal.values)
        self._weights = np.array(
            (
                *n.smoothness_weights(case.config, self.step_s),
                c.reverse_per_m * self.step_s, c.comfort_speed * self.step_s,
                c.comfort_distance_m, c.comfort_speed_m_s,
                c.personal_space * self.step_s, c.personal_distance_m,
            ), np.float32,
        )  # fmt: skip
        self._hazard = np.array(
            (
                h.contact_margin_m, h.map_std_m, h.tracking_std_s, h.obstacle_per_m,
                h.contact_per_m, h.unknown_per_m, h.person_margin_m,
                max(h.person_radius_m, 0.05), h.person_per_s, h.value_s, c.arrival,
            ), np.float32,
        )  # fmt: skip
        self._shape = np.array(
            (half_gap, cover + half_gap, edge, footprint.far_m, footprint.radius_m), np.float32
        )
        self._goal = np.array(
            (*case.goal_m, reach.near_m, reach.dead_m, reach.face_m, per_m_s, yaw), np.float32
        )

    def step(self) -> int:
        """A cycle with the distance field in it; which sample is best."""
        return int(np.argmin(self.costs(distance_m(self._case.occupied))))

    def costs(self, distance: Float32Array | None = None) -> Float32Array:
        """What it thinks of each sample (K,), rollout included."""
        case, costs = self._case, np.empty(len(self._case.speed), np.float32)
        fill_costs(
            case.speed, case.yaw_rate, np.float32(self.step_s),
            case.scene.distance.values if distance is None else distance,
            *self._fields, self._places, self._boundary, self._discs, self._planes,
            *self._people, self._over_time,
            self._weights, self._hazard, self._shape, self._goal, costs,
        )  # fmt: skip
        return costs


def _place(field: Field) -> FloatArray:
    return np.array((field.per_m, field.offset_x, field.offset_y), np.float32)


@compiled
def read(field: Float32Array, col: np.float32, row: np.float32) -> np.float32:
    """Bilinear; beyond the edge the value of the edge."""
    c, r = math.floor(col), math.floor(row)
    fc, fr = col - np.float32(c), row - np.float32(r)
    n_rows, n_cols = field.shape
    c0, c1 = min(max(c, 0), n_cols - 1), min(max(c + 1, 0), n_cols - 1)
    r0, r1 = min(max(r, 0), n_rows - 1), min(max(r + 1, 0), n_rows - 1)
    one = np.float32(1.0)
    low = field[r0, c0] * (one - fc) + field[r0, c1] * fc
    high = field[r1, c0] * (one - fc) + field[r1, c1] * fc
    return np.float32(low * (one - fr) + high * fr)


@compiled
def falling(z: np.float32) -> np.float32:
    """The smooth step of equations (16) and (19)."""
    z = min(max(z, np.float32(-12.0)), np.float32(12.0))
    return np.float32(1.0) / (np.float32(1.0) + math.exp(np.float32(1.702) * z))


@compiled
def fill_costs(  # noqa: PLR0915  (one plain loop is the point)
    speed: Float32Array,
    yaw_rate: Float32Array,
    step_s: np.float32,
    distance: Float32Array,
    unknown: Float32Array,
    to_goal: Float32Array,
    places: Float32Array,
    boundary: Float32Array,
    discs: Float32Array,
    planes: Float32Array,
    people_x: Float32Array,
    people_y: Float32Array,
    people_std: Float32Array,
    over_time: Float32Array,
    weights: Float32Array,
    hazard: Float32Array,
    shape: Float32Array,
    goal: Float32Array,
    costs: Float32Array,
) -> None:
    """Costs (K,) of samples (K, T + 1)."""
    zero, half, one, two = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
    n_samples, n_times = speed.shape
    margin, half_gap, cover, edge, far = hazard[0], shape[0], shape[1], shape[2], shape[3]
    scale = places[0, 0]
    for k in range(n_samples):
        x, y, yaw = zero, zero, goal[6]
        x_sum, y_sum = 0.0, 0.0
        integral, last_rate, last_s, last_left = zero, zero, one, zero
        gained, at_goal, disliked, last_dv, last_dw = zero, zero, zero, zero, zero
        for i in range(n_times):
            v, w = speed[k, i], yaw_rate[k, i]
            share = half if i in (0, n_times - 1) else one  # trapezoid rule
            if i > 0:
                dv, dw = v - speed[k, i - 1], w - yaw_rate[k, i - 1]
                turn = half * step_s * (w + yaw_rate[k, i - 1])
                chord = (
                    half * step_s * (v + speed[k, i - 1]) * (one - turn * turn / np.float32(24.0))
                )
                x_sum += chord * math.cos(yaw + half * turn)
                y_sum += chord * math.sin(yaw + half * turn)
                x, y, yaw = np.float32(x_sum), np.float32(y_sum), yaw + turn
                disliked += weights[0] * dv * dv + weights[1] * dw * dw
                if i > 1:
                    disliked += weights[2] * (dv - last_dv) * (dv - last_dv)
                    disliked += weights[3] * (dw - last_dw) * (dw - last_dw)
                last_dv, last_dw = dv, dw
            cos, sin = math.cos(yaw), math.sin(yaw)
            edge_speed = abs(v) + shape[4] * abs(w)
            # clearance: three discs, and the polygon's boundary where they are near
            col, row = x * scale + places[0, 1], y * scale + places[0, 2]
            clearance, is_near = far, False
            for j in range(len(discs)):
                a, b = discs[j, 0] * scale, discs[j, 1] * scale
                d = read(distance, col + cos * a - sin * b, row + sin * a + cos * b)
                clearance = min(clearance, d - discs[j, 2] - edge)
                is_near |= d < far + edge + cover
            if is_near:
                nearest = far + two
                for j in range(len(boundary)):
                    a, b = boundary[j, 0] * scale, boundary[j, 1] * scale
                    d = read(distance, col + cos * a - sin * b, row + sin * a + cos * b)
                    nearest = min(nearest, d)
                exact = nearest - half_gap
                if nearest > half_gap:
                    exact = np.float32(math.sqrt(nearest * nearest - half_gap * half_gap))
                clearance = min(clearance, exact - edge)
            # hazards
            std = hazard[1] + hazard[2] * edge_speed
            deep = min(max((margin - clearance) / margin, zero), two)
            rate = hazard[3] * falling((clearance - half * margin) / std)
            rate = (rate + hazard[4] * deep * deep) * edge_speed
            lead = shape[4] * math.tanh(v * np.float32(10.0))
            seen = read(
                unknown,
                (x + lead * cos) * places[1, 0] + places[1, 1],
                (y + lead * sin) * places[1, 0] + places[1, 2],
            )
            rate += hazard[5] * abs(v) * seen
            crowd, smallest_gap, intrusion = zero, far + np.float32(1e6), zero
            for m in range(len(people_x)):
                dx, dy = people_x[m, i] - x, people_y[m, i] - y
                ahead, aside = dx * cos + dy * sin, dy * cos - dx * sin
                gap = np.float32(-1e6)
                for e in range(len(planes)):
                    gap = max(gap, ahead * planes[e, 0] + aside * planes[e, 1] - planes[e, 2])
                deep = min(max((hazard[6] - gap) / hazard[6], zero), two)
                spread = people_std[m, i]
                chance = falling((gap - hazard[6]) / (np.float32(0.05) + spread))
                chance += np.float32(4.0) * deep * deep
                crowd += chance * hazard[7] / (hazard[7] + spread)
                smallest_gap = min(smallest_gap, gap)
                inside = max(one - gap / weights[12], zero)
                intrusion += inside * inside
            rate += hazard[8] * (np.float32(0.4) + edge_speed) * crowd
            # survival and progress
            if i > 0:
                integral += half * step_s * (last_rate + rate)
            survival = np.float32(math.exp(-integral))
            dx, dy = x - goal[0], y - goal[1]
            squared = dx * dx + dy * dy
            left = read(to_goal, x * places[2, 0] + places[2, 1], y * places[2, 0] + places[2, 2])
            soft = math.sqrt(squared + goal[3] * goal[3]) - goal[3]
            left = max(left - goal[2] * goal[5], zero) + min(soft, goal[2]) * goal[5]
            if i > 0:
                gained += (last_s + survival) * over_time[3, i - 1] * (left - last_left)
            at_goal += share * survival * math.exp(-left / np.float32(0.4))
            last_rate, last_s, last_left = rate, survival, left
            # dislikes
            leaning = weights[4] * v * w * v * w + weights[5] * w * w + weights[6] * abs(w)
            disliked += share * (leaning + weights[7] * max(-v, zero))
            beyond = max(smallest_gap - weights[9], zero)
            excess = max(abs(v) - weights[10] - np.float32(0.8) * beyond, zero)
            disliked += share * (weights[8] * excess + weights[11] * intrusion)
            dv, dw = v - over_time[0, i], w - over_time[1, i]
            changed = dv * dv + np.float32(0.25) * dw * dw
            disliked += over_time[2, i] * changed / (changed + np.float32(0.05))
        # what facing this way is worth at the end
        reach = min(half * math.sqrt(squared), np.float32(0.35)) + np.float32(1e-3)
        ca, sa = reach * cos, reach * sin
        before = read(
            to_goal, (x + ca) * places[2, 0] + places[2, 1], (y + sa) * places[2, 0] + places[2, 2]
        )
        behind = read(
            to_goal, (x - ca) * places[2, 0] + places[2, 1], (y - sa) * places[2, 0] + places[2, 2]
        )
        relative = squared / (goal[4] * goal[4])
        away = one - math.exp(-relative * relative)
        astray = math.tanh(np.float32(1.5) * (before - behind) / (two * reach * goal[5]))
        prospect = -half * np.float32(1.5) * away * (one + astray)
        value = max(hazard[9] + prospect, half)
        costs[k] = disliked - gained - hazard[10] * step_s * at_goal - last_s * value
