"""The local planner's cost terms in PyTorch, as a user of `pytorch_mppi` would write them.

All terms over all samples and steps at once, the polygon only where the discs say that it is near,
as in ours. Equations of docs/maths/local_planner.md.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from benchmarks.peers import numbers as n
from benchmarks.planner_case import PlanningCase
from navigation.local_planner.fields import Field
from navigation.local_planner.footprint import Footprint, boundary_points

_CORNER = 0.1


class TorchField:
    """A grid that is read bilinearly between its cells."""

    def __init__(self, field: Field) -> None:
        self._values = torch.from_numpy(field.values)[None, None]
        self.per_m, self.offset = field.per_m, (field.offset_x, field.offset_y)
        rows, cols = field.values.shape
        self._to_unit = torch.tensor([2.0 / (cols - 1), 2.0 / (rows - 1)])

    def at(self, x: Tensor, y: Tensor) -> Tensor:
        """Values at points of any shape, in metres."""
        return self.at_cells(x * self.per_m + self.offset[0], y * self.per_m + self.offset[1])

    def at_cells(self, col: Tensor, row: Tensor) -> Tensor:
        """Values at points given in cells."""
        place = torch.stack([col, row], dim=-1)
        place = (place * self._to_unit - 1.0).reshape(1, 1, -1, 2)
        read = grid_sample(
            self._values, place, mode="bilinear", padding_mode="border", align_corners=True
        )
        return read.reshape(col.shape)


class TorchFootprint:
    """The clearance of the polygon, by discs and by its boundary where they are near."""

    def __init__(self, footprint: Footprint, spacing_m: float) -> None:
        points = boundary_points(footprint.polygon_m, spacing_m)
        self._boundary = torch.from_numpy(points).float()
        gaps = (torch.roll(self._boundary, -1, 0) - self._boundary).norm(dim=1)
        discs = torch.from_numpy(footprint.discs_m()).float()
        self._half_gap = 0.5 * float(gaps.max())
        self._cover = float(torch.cdist(self._boundary, discs[:, :2]).min(dim=1).values.max())
        self._cover += self._half_gap
        self._spine, self._inner, self._far = discs[:, :2], discs[:, 2], footprint.far_m

    def clearance(
        self, distance: TorchField, x: Tensor, y: Tensor, cos: Tensor, sin: Tensor
    ) -> Tensor:
        """Equations (8) and (9), shape (K, T + 1)."""
        d, edge = distance, _CORNER / distance.per_m
        place = torch.stack([x * d.per_m + d.offset[0], y * d.per_m + d.offset[1], cos, sin])
        place = place.reshape(4, -1)
        spine = d.at_cells(*_carried(self._spine * d.per_m, place))
        clearance = (spine - (self._inner + edge)[:, None]).amin(dim=0).clamp(max=self._far)
        near = torch.nonzero((spine < self._far + edge + self._cover).any(dim=0))[:, 0]
        if len(near):
            nearest = d.at_cells(*_carried(self._boundary * d.per_m, place[:, near])).amin(dim=0)
            outside = (nearest * nearest - self._half_gap**2).clamp(min=0.0).sqrt()
            exact = torch.where(nearest > self._half_gap, outside, nearest - self._half_gap)
            clearance[near] = torch.minimum(clearance[near], exact - edge)
        return clearance.reshape(x.shape)


class TorchCosts:
    """Costs (minus our score) of samples given as (K, T + 1) tensors."""

    def __init__(self, case: PlanningCase) -> None:
        scene, self._config, self._body = case.scene, case.config, case.body
        self.distance = TorchField(scene.distance)
        self._to_goal = TorchField(case.to_goal)
        assert scene.unknown is not None
        assert scene.people is not None
        assert scene.last_speed is not None
        assert scene.last_yaw_rate is not None
        self._unknown = TorchField(scene.unknown)
        self._people = [
            torch.from_numpy(a) for a in (scene.people.x, scene.people.y, scene.people.std_m)
        ]
        self._last = [torch.from_numpy(a).float() for a in (scene.last_speed, scene.last_yaw_rate)]
        self._goal, self._reach = case.goal_m, n.Reach.of(case.goal_tolerance_m)
        self._person_radius_m = case.config.hazard.person_radius_m
        time_s = torch.from_numpy(case.rollout().time_s)
        self.step_s = float(time_s[1] - time_s[0])
        middle_s = (time_s[1:] - 0.5 * self.step_s).float()
        self._impatience = -0.5 * torch.exp(-middle_s / self._config.hazard.patience_s)
        fading = torch.exp(-time_s.float() / n.CONSISTENCY_FADING_S)
        fading[0] *= 0.5
        fading[-1] *= 0.5
        self._fading = self._config.costs.consistency * self.step_s * fading
        footprint = scene.footprint
        self._footprint = TorchFootprint(footprint, self._config.footprint_spacing_m)
        self._radius = footprint.radius_m
        self._normals = torch.from_numpy(footprint.normals).float()
        self._offsets = torch.from_numpy(footprint.offsets_m + self._person_radius_m).float()

    def cost(
        self, x: Tensor, y: Tensor, yaw: tuple[Tensor, Tensor], speed: Tensor, yaw_rate: Tensor
    ) -> Tensor:
        """Minus J, shape (K,); `yaw` is its cosine and sine."""
        edge_speed = speed.abs() + self._radius * yaw_rate.abs()
        gap = self._gaps(x, y, *yaw)
        clearance = self._footprint.clearance(self.distance, x, y, *yaw)
        rate = self._map_rate(clearance, edge_speed)
        rate = rate + self._unknown_rate(x, y, *yaw, speed) + self._people_rate(gap, edge_speed)
        survival = torch.exp(-_cumulative(rate, self.step_s))
        gain = self._progress(survival, self._remaining(x, y))
        end = [a[:, -1] for a in (x, y, *yaw)]
        value = (self._config.hazard.value_s + self._prospect(*end)).clamp(min=n.VALUE_MIN_S)
        gain = gain + survival[:, -1] * value
        return self._dislikes(speed, yaw_rate, gap) - gain

    # --- hazards ---------------------------------------------------------------------------------

    def _map_rate(self, clearance: Tensor, edge_speed: Tensor) -> Tensor:
        """Equation (16)."""
        h = self._config.hazard
        margin = h.contact_margin_m
        std = h.map_std_m + h.tracking_std_s * edge_speed
        deep = ((margin - clearance) / margin).clamp(0.0, 2.0)
        per_m = h.obstacle_per_m * _falling((clearance - 0.5 * margin) / std)
        return (per_m + h.contact_per_m * deep * deep) * edge_speed

    def _unknown_rate(
        self, x: Tensor, y: Tensor, cos: Tensor, sin: Tensor, speed: Tensor
    ) -> Tensor:
        """Equation (18)."""
        lead = self._radius * torch.tanh(n.EAGERNESS * speed)
        share = self._unknown.at(x + lead * cos, y + lead * sin)
        return self._config.hazard.unknown_per_m * speed.abs() * share

    def _gaps(self, x: Tensor, y: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Equation (15), shape (M, K, T + 1)."""
        dx, dy = self._people[0][:, None] - x, self._people[1][:, None] - y
        ahead, aside = dx * cos + dy * sin, dy * cos - dx * sin
        largest = torch.full_like(ahead, -torch.inf)
        for (nx, ny), offset in zip(self._normals.tolist(), self._offsets.tolist(), strict=True):
            largest = torch.maximum(largest, ahead * nx + aside * ny - offset)
        return largest

    def _people_rate(self, gap: Tensor, edge_speed: Tensor) -> Tensor:
        """Equation (19)."""
        h = self._config.hazard
        radius, std = max(self._person_radius_m, 0.05), self._people[2][:, None]
        deep = ((h.person_margin_m - gap) / h.person_margin_m).clamp(0.0, 2.0)
        chance = _falling((gap - h.person_margin_m) / (n.STD_MIN_M + std))
        chance = (chance + n.PERSON_DEEP * deep * deep) * radius / (radius + std)
        rate: Tensor = h.person_per_s * (n.STANDING_SHARE_M_S + edge_speed) * chance.sum(dim=0)
        return rate

    # --- progress --------------------------------------------------------------------------------

    def _remaining(self, x: Tensor, y: Tensor) -> Tensor:
        """Equation (10)."""
        per_m, reach = n.seconds_per_metre(self._body), self._reach
        squared = (x - self._goal[0]) ** 2 + (y - self._goal[1]) ** 2
        soft = (squared + reach.dead_m**2).sqrt() - reach.dead_m
        far = (self._to_goal.at(x, y) - reach.near_m * per_m).clamp(min=0.0)
        return far + soft.clamp(max=reach.near_m) * per_m

    def _prospect(self, x: Tensor, y: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Equation (12)."""
        squared = (x - self._goal[0]) ** 2 + (y - self._goal[1]) ** 2
        step = (0.5 * squared.sqrt()).clamp(max=n.LOOK_AHEAD_M) + n.LOOK_AHEAD_MIN_M
        ahead = self._to_goal.at(x + step * cos, y + step * sin)
        behind = self._to_goal.at(x - step * cos, y - step * sin)
        away = 1.0 - torch.exp(-((squared / self._reach.face_m**2) ** 2))
        open_s = 2.0 * step * n.seconds_per_metre(self._body)
        astray = torch.tanh(n.ASTRAY_STEEPNESS * (ahead - behind) / open_s)
        return -0.5 * n.TURN_ABOUT_S * away * (1.0 + astray)

    def _progress(self, survival: Tensor, remaining: Tensor) -> Tensor:
        """The first two lines of equation (27)."""
        both = (survival[:, :-1] + survival[:, 1:]) * self._impatience
        gained = (both * (remaining[:, 1:] - remaining[:, :-1])).sum(dim=1)
        there = survival * torch.exp(-remaining / n.ARRIVAL_S)
        at_goal = there.sum(dim=1) - 0.5 * (there[:, 0] + there[:, -1])
        return gained + self._config.costs.arrival * self.step_s * at_goal

    # --- dislikes --------------------------------------------------------------------------------

    def _dislikes(self, speed: Tensor, yaw_rate: Tensor, gap: Tensor) -> Tensor:
        """Equations (21) to (25)."""
        c = self._config.costs
        weights = n.smoothness_weights(self._config, self.step_s)
        total = torch.zeros(len(speed))
        for weight, rate, order in zip(
            weights[:4], (speed, yaw_rate, speed, yaw_rate), (1, 1, 2, 2), strict=True
        ):
            total = total + weight * (torch.diff(rate, n=order, dim=1) ** 2).sum(dim=1)
        leaning = weights[4] * (speed * yaw_rate) ** 2
        rates = leaning + weights[5] * yaw_rate**2 + weights[6] * yaw_rate.abs()
        total = total + _integral(rates)
        squared = (speed - self._last[0]) ** 2
        squared = squared + n.PER_YAW_SHARE * (yaw_rate - self._last[1]) ** 2
        saturated = squared / (squared + n.CONSISTENCY_SATURATION)
        total = total + (self._fading * saturated).sum(dim=1)
        total = total + c.reverse_per_m * self.step_s * _integral((-speed).clamp(min=0.0))
        beyond = (gap.amin(dim=0) - c.comfort_distance_m).clamp(min=0.0)
        excess = speed.abs() - c.comfort_speed_m_s - n.EASING_M_S_PER_M * beyond
        total = total + c.comfort_speed * self.step_s * _integral(excess.clamp(min=0.0))
        inside = (1.0 - gap / c.personal_distance_m).clamp(min=0.0)
        return total + c.personal_space * self.step_s * _integral((inside**2).sum(dim=0))


def _carried(points: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Cells (N, P) of body points (N, 2) at places (4, P): column, row, cosine, sine."""
    ahead, aside = points[:, :1], points[:, 1:]
    col = place[0] + place[2] * ahead - place[3] * aside
    return col, place[1] + place[3] * ahead + place[2] * aside


def _falling(z: Tensor) -> Tensor:
    return torch.sigmoid(-n.STEEPNESS * z.clamp(-n.Z_MAX, n.Z_MAX))


def _cumulative(rate: Tensor, step_s: float) -> Tensor:
    steps = 0.5 * step_s * (rate[:, 1:] + rate[:, :-1])
    return torch.cat([torch.zeros(len(rate), 1), steps.cumsum(dim=1)], dim=1)


def _integral(rate: Tensor) -> Tensor:
    """By the trapezoid rule over the last axis, in steps."""
    return rate.sum(dim=-1) - 0.5 * (rate[..., 0] + rate[..., -1])
