"""Stopping and stairs in the simulated home itself; many of them: `benchmarks.reactive`."""

from __future__ import annotations

import numpy as np
import pytest

import app.lockstep
from app.config import load_config
from benchmarks import reactive_world
from benchmarks.reactive_homes import LetsAllPass


def test_what_appears_at_the_bound_is_not_touched() -> None:
    row = reactive_world.appearance_row("world/things", 2, seed=3)
    assert row["contacts"] == 0
    assert row["margin_min_m"] > 0.0


def test_without_the_layer_it_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.lockstep, "ReactiveLayer", LetsAllPass)
    clearance_m, touches = reactive_world.try_appearance(load_config(), np.random.default_rng(3))
    assert touches == 1
    assert clearance_m == 0.0


def test_the_wheels_stay_off_the_stairs() -> None:
    assert reactive_world.stairs_row("world/stairs", 2, seed=3)["fallen"] == 0
