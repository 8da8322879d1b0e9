"""The NumPy forms of the planner's scoring: slow, obvious, one array operation after another."""

from __future__ import annotations

import math

import cv2
import numpy as np

from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.fields import Field
from navigation.local_planner.footprint import Footprint, boundary_points
from navigation.local_planner.people import Forecast
from navigation.local_planner.scene import Batch, Scene
from navigation.local_planner.trajectory_space import Rollout

CONFIG = LocalPlannerConfig()


def time_integral(values: np.ndarray, step_s: float) -> np.ndarray:
    """Trapezoid rule over the last axis."""
    return step_s * (values.sum(axis=-1) - 0.5 * (values[..., 0] + values[..., -1]))


def falling(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(1.702 * np.clip(z, -12.0, 12.0)))


def read(field: Field, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The field between cells, at points of any shape."""
    shape = x.shape
    col, row = x * field.per_m + field.offset_x, y * field.per_m + field.offset_y
    col, row = (a.reshape(-1, shape[-1]).astype(np.float32) for a in (col, row))
    read = cv2.remap(field.values, col, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return read.reshape(shape).astype(np.float64)


def clearance_m(
    footprint: Footprint, rollout: Rollout, distance: Field, spacing_m: float
) -> np.ndarray:
    """Equations (8) and (9), the whole boundary at every pose."""
    polygon = footprint.polygon_m
    boundary = boundary_points(polygon, spacing_m)
    half_gap = 0.5 * np.linalg.norm(np.roll(boundary, -1, axis=0) - boundary, axis=1).max()
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    half = 0.5 * (high - low)
    assert half[0] > half[1], "longer than wide"
    reach = np.array([half[0] - half[1], 0.0])
    spine = 0.5 * (low + high) + np.array([-1.0, 0.0, 1.0])[:, None] * reach
    inner = (footprint.offsets_m - spine @ footprint.normals.T).min(axis=1)
    edge = 0.1 / distance.per_m

    def at(points: np.ndarray) -> np.ndarray:
        ahead, aside = points[:, 0, None, None], points[:, 1, None, None]
        x = rollout.x + rollout.cos * ahead - rollout.sin * aside
        y = rollout.y + rollout.sin * ahead + rollout.cos * aside
        return read(distance, x, y)

    upper = (at(spine) - inner[:, None, None]).min(axis=0) - edge
    nearest = at(boundary).min(axis=0)
    outside = np.sqrt(np.maximum(nearest**2 - half_gap**2, 0.0))
    exact = np.where(nearest > half_gap, outside, nearest - half_gap) - edge
    return np.minimum(np.minimum(upper, exact), footprint.far_m)


def gap_m(rollout: Rollout, people: Forecast, footprint: Footprint) -> np.ndarray:
    """Equation (15)."""
    dx, dy = people.x[:, None, :] - rollout.x, people.y[:, None, :] - rollout.y
    ahead = dx * rollout.cos + dy * rollout.sin
    aside = dy * rollout.cos - dx * rollout.sin
    beyond = [
        ahead * nx + aside * ny - offset - people.radius_m[:, None, None]
        for (nx, ny), offset in zip(footprint.normals, footprint.offsets_m, strict=True)
    ]
    return np.max(beyond, axis=0)


def obstacle_rate(batch: Batch, scene: Scene, shift_m: float) -> np.ndarray:
    """Equations (16) and (17)."""
    config, clearance = CONFIG.hazard, batch.clearance_m.astype(np.float64)
    margin = config.contact_margin_m
    if scene.is_stuck_inside:
        best = np.maximum.accumulate(clearance, axis=1)
        clearance = clearance + np.maximum(margin - best, 0.0)
    clearance = clearance - shift_m
    std = config.map_std_m + config.tracking_std_s * batch.edge_speed
    deep = np.clip((margin - clearance) / margin, 0.0, 2.0)
    per_m = config.obstacle_per_m * falling((clearance - 0.5 * margin) / std)
    return (per_m + config.contact_per_m * deep**2) * batch.edge_speed


def unknown_rate(batch: Batch, scene: Scene) -> np.ndarray:
    """Equation (18)."""
    r = batch.rollout
    lead = scene.footprint.radius_m * np.tanh(10.0 * r.speed)
    share = read(scene.unknown, r.x + lead * r.cos, r.y + lead * r.sin)
    return CONFIG.hazard.unknown_per_m * share * np.abs(r.speed)


def people_rate(batch: Batch, scene: Scene) -> np.ndarray:
    """Equation (19)."""
    margin, gap = CONFIG.hazard.person_margin_m, batch.people_gap_m
    std, radius = scene.people.std_m[:, None, :], scene.people.radius_m[:, None, None]
    deep = np.clip((margin - gap) / margin, 0.0, 2.0)
    chance = falling((gap - margin) / (0.05 + std)) + 4.0 * deep**2
    likely = (chance * radius / (radius + std)).sum(axis=0)
    return CONFIG.hazard.person_per_s * likely * (0.4 + batch.edge_speed)


def survival(batch: Batch, scene: Scene) -> np.ndarray:
    """Equation (20)."""
    other = unknown_rate(batch, scene) + people_rate(batch, scene)
    far_m = math.sqrt(3.0) * scene.pose_std_m
    total = np.zeros(other.shape)
    for shift_m, share in ((-far_m, 1 / 6), (0.0, 2 / 3), (far_m, 1 / 6)):
        rate = obstacle_rate(batch, scene, shift_m) + other
        integral = np.zeros_like(rate)
        steps = 0.5 * batch.rollout.step_s * (rate[:, 1:] + rate[:, :-1])
        integral[:, 1:] = np.cumsum(steps, axis=1)
        total += share * np.exp(-integral)
    return total


def smoothness(batch: Batch) -> np.ndarray:
    """Equation (21)."""
    c, r = CONFIG.costs, batch.rollout
    h, v, w = r.step_s, r.speed.astype(np.float64), r.yaw_rate.astype(np.float64)
    accel, alpha = np.diff(v, axis=1) / h, np.diff(w, axis=1) / h
    jerk, yaw_jerk = np.diff(accel, axis=1) / h, np.diff(alpha, axis=1) / h
    squares = c.accel * (accel**2).sum(axis=1) + c.yaw_accel * (alpha**2).sum(axis=1)
    squares += c.jerk * (jerk**2).sum(axis=1) + c.yaw_jerk * (yaw_jerk**2).sum(axis=1)
    rates = c.lateral_accel * (v * w) ** 2 + c.yaw_rate * w**2 + c.turning_per_rad * np.abs(w)
    return h * squares + time_integral(rates, h)


def consistency(batch: Batch, scene: Scene) -> np.ndarray:
    """Equation (22)."""
    r = batch.rollout
    squared = (r.speed - scene.last_speed) ** 2 + 0.25 * (r.yaw_rate - scene.last_yaw_rate) ** 2
    saturated = np.exp(-r.time_s) * squared / (squared + 0.05)
    return CONFIG.costs.consistency * time_integral(saturated, r.step_s)


def reverse(batch: Batch) -> np.ndarray:
    """Equation (23)."""
    backward = np.maximum(-batch.rollout.speed, 0.0)
    return CONFIG.costs.reverse_per_m * time_integral(backward, batch.rollout.step_s)


def comfort_speed(batch: Batch) -> np.ndarray:
    """Equation (24)."""
    c, r = CONFIG.costs, batch.rollout
    beyond = np.maximum(batch.people_gap_m.min(axis=0) - c.comfort_distance_m, 0.0)
    excess = np.maximum(np.abs(r.speed) - c.comfort_speed_m_s - 0.8 * beyond, 0.0)
    return c.comfort_speed * time_integral(excess, r.step_s)


def personal_space(batch: Batch) -> np.ndarray:
    """Equation (25)."""
    c = CONFIG.costs
    inside = np.maximum(1.0 - batch.people_gap_m / c.personal_distance_m, 0.0)
    return c.personal_space * time_integral((inside**2).sum(axis=0), batch.rollout.step_s)


def escape(batch: Batch) -> np.ndarray:
    """Equation (26)."""
    depth = np.maximum(0.5 * CONFIG.hazard.contact_margin_m - batch.clearance_m, 0.0)
    return CONFIG.costs.escape_per_m * time_integral(depth, batch.rollout.step_s)


def expected_progress_s(batch: Batch, scene: Scene, alive: np.ndarray) -> np.ndarray:
    """Equation (27) without the costs, by the survival (K, T + 1)."""
    r, guidance = batch.rollout, scene.guidance
    remaining = guidance.remaining_s(r.x, r.y, r.yaw)
    fading = np.exp(-(r.time_s[1:] - 0.5 * r.step_s) / CONFIG.hazard.patience_s)
    gain = -np.diff(remaining, axis=1) * fading
    progress = (0.5 * (alive[:, 1:] + alive[:, :-1]) * gain).sum(axis=1)
    there = CONFIG.costs.arrival * time_integral(alive * np.exp(-remaining / 0.4), r.step_s)
    prospect = guidance.prospect_s(r.x[:, -1:], r.y[:, -1:], r.yaw[:, -1:])[:, 0]
    return progress + there + alive[:, -1] * np.maximum(CONFIG.hazard.value_s + prospect, 0.5)
