"""Broken home files: each error names the file, the field, the value and what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from conftest import SMALL_TOML, plan_pixels, valetudo_map, write_json, write_ros_map

from drivers.simulation.homes.checks import check_standing_place
from drivers.simulation.homes.load import load_home
from homebody.errors import ConfigError, HomeError
from homebody.geometry import SE2


def refused(path: Path, field: str) -> HomeError:
    with pytest.raises(HomeError) as caught:
        load_home(path)
    error = caught.value
    assert path.stem in error.source
    assert field in error.field
    assert error.allowed
    assert "Traceback" not in str(error)
    return error


def test_no_such_file(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.toml", "file")
    refused(tmp_path, "file")


def test_unknown_kind_and_empty(tmp_path: Path) -> None:
    (tmp_path / "home.dwg").write_text("x")
    assert ".toml" in refused(tmp_path / "home.dwg", "suffix").allowed
    (tmp_path / "home.json").write_text("")
    refused(tmp_path / "home.json", "file size")


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("a.json", b"{", "text"),
        ("a.json", b"[1, 2]", "the whole"),
        ("a.json", b'{"x": 1}', "keys"),
        ("a.json", b"\xff\xfe", "text"),
        ("a.json", b"[" * 100_000, "text"),
        ("a.toml", b"walls = ", "text"),
        ("a.yaml", b"image: [", "text"),
        ("a.yaml", b"just words", "the whole"),
        ("a.png", b"not a picture", "picture"),
    ],
)
def test_not_even_the_syntax(tmp_path: Path, name: str, content: bytes, field: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, field)


def test_pictures(tmp_path: Path, plan_png: Path) -> None:
    whole = plan_png.read_bytes()
    plan_png.write_bytes(whole[: len(whole) // 2])
    assert refused(plan_png, "picture").value == "cut short"
    plan_png.write_bytes(whole[:16] + (200_000).to_bytes(4, "big") + whole[20:])
    assert "200000" in str(refused(plan_png, "size").value)
    cv2.imwrite(str(plan_png), np.zeros((100, 100), dtype=np.uint8))
    refused(plan_png, "free space")
    slit = np.zeros((100, 900), dtype=np.uint8)
    slit[40:60] = 255
    cv2.imwrite(str(plan_png), slit)
    assert "turn" in refused(plan_png, "free space").allowed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"resolution": 0.0}, "resolution"),
        ({"resolution": "wide"}, "resolution"),
        ({"origin": "[0.0, 0.0]"}, "origin"),
        ({"origin": "[0.0, .nan, 0.0]"}, "origin"),
        ({"negate": 7}, "negate"),
        ({"occupied_thresh": 65}, "occupied_thresh"),
        ({"free_thresh": 0.9}, "the whole"),
        ({"mode": "raw"}, "mode"),
        ({"image": "other.pgm"}, "image"),
    ],
)
def test_ros_fields(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    refused(write_ros_map(tmp_path, plan_pixels(), **changes), field)


def test_ros_picture_of_absurd_size(tmp_path: Path) -> None:
    path = write_ros_map(tmp_path, plan_pixels(), resolution=0.5)
    error = refused(path, "size")
    assert "450 x 350" in str(error.value)
    (tmp_path / "map.pgm").write_bytes(b"P5 10 10 255\nxx")
    refused(path, "picture")
    (tmp_path / "map.pgm").write_bytes(b"P5 ten")
    refused(path, "header")


def layer(**fields: Any) -> list[dict[str, Any]]:
    return [{"type": "floor", "metaData": {}} | fields]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pixelSize": 0}, "pixelSize"),
        ({"pixelSize": "five"}, "pixelSize"),
        ({"layers": []}, "layers"),
        ({"layers": "none"}, "layers"),
        ({"layers": layer()}, "layers"),
        ({"layers": layer(pixels=[1, 2, 3])}, "layers.0.pixels"),
        ({"layers": layer(pixels=[1, "x"])}, "layers.0.pixels.1"),
        ({"layers": layer(compressedPixels=[1, 2])}, "layers.0.compressedPixels"),
        ({"layers": layer(compressedPixels=[1, 2, 0])}, "layers.0.compressedPixels"),
        ({"layers": layer(compressedPixels=[1, 2, 99_999])}, "layers.0.compressedPixels"),
        ({"layers": layer(pixels=[0, 0, 90_000, 0])}, "layers"),
        ({"layers": layer(pixels=[0, 0, 1, 0])}, "free space"),
        ({"entities": [{"type": "charger_location", "points": [1]}]}, "entities.0.points"),
        ({"entities": [{"points": [1, 2]}]}, "entities.0.type"),
    ],
)
def test_valetudo_fields(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    refused(write_json(tmp_path, valetudo_map(**changes)), field)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"verts": [[0, 0], [1, 0]]}, "verts"),
        ({"verts": [[0, 0], [1, "x"], [1, 1]]}, "verts.1.1"),
        ({"verts": [[0, 0], [500, 0], [0, 500]]}, "verts"),
        ({"verts": [[0, 0], [0, 0], [0, 0]]}, "free space"),
        (
            {"verts": [[0, 0], [3, 0], [0, 3]], "room_category": {"K": [[1, 2]]}},
            "room_category.K.0",
        ),
        ({"verts": [[0, 0], [3, 0], [0, 3]], "room_category": 5}, "room_category"),
    ],
)
def test_houseexpo_fields(tmp_path: Path, data: dict[str, Any], field: str) -> None:
    refused(write_json(tmp_path, data), field)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('name = "two rooms"', "", "name"),
        ('name = "two rooms"', 'name = "x"\ncolour = "red"', "colour"),
        ("is_closed = true", "is_closed = true\nhight_m = 2.0", "walls.0.hight_m"),
        ('name = "east"', 'name = "West"', "rooms.1.name"),
        ("hinge_m = [3.0, 1.9]", "hinge_m = [3.0, 19.0]", "doors.0"),
        ("latch_m = [3.0, 1.0]", "latch_m = [4.0, 1.0]", "doors.0"),
        ("latch_m = [3.0, 1.0]", "latch_m = [3.0, 1.8]", "doors.0 (middle door) width"),
        ("latch_m = [3.0, 1.0]", "latch_m = [3.0, 1.0]\nopen_deg = 5.0", "doors.0"),
        ("dock = { x_m = 0.5,", "dock = { x_m = 0.1,", "dock"),
        ("dock = { x_m = 0.5, y_m = 1.5", "dock = { x_m = 3.0, y_m = 0.5", "dock"),
        ("start = { x_m = 1.0,", "start = { x_m = 7.0,", "start"),
        ("start = { x_m = 1.0, y_m = 1.5", "start = { x_m = 5.7, y_m = 0.3", "start"),
        ("start = { x_m = 1.0", "start = { x_m = inf", "start.x_m"),
        ("start = { x_m = 1.0", "start = { x_m = 'here'", "start.x_m"),
        ("[6.0, 0.0], [6.0, 3.0]", "[600.0, 0.0], [600.0, 3.0]", "size"),
        ("[[3.0, 0.0], [3.0, 3.0]]", "[[3.0, 0.0], [3.0, 0.0]]", "walls.1.points_m"),
        ("[[3.0, 0.0], [3.0, 3.0]]", "[[3.0, 0.0]]", "walls.1.points_m"),
        ("[5.0, 2.0, 5.5, 2.5]", "[5.5, 2.0, 5.0, 2.5]", "boxes.0"),
        ("[5.0, 2.0, 5.5, 2.5]", "[5.0, 2.0, 5.5, 2.5]\nz_low_m = 0.4", "boxes.0"),
        ("[5.0, 2.0, 5.5, 2.5]", "[5.0, 2.0, 5.5, 2.5]\ncenter_m = [1.0, 1.0]", "boxes.0"),
        ("size_m = [1.0, 0.6]", "size_m = [1.0, 0.05]", "tables.0"),
        ("[5.5, 0.05, 5.95, 0.5]", "[5.5, 0.05, 6.95, 0.5]", "drops.0"),
        ("[[1.0, 1.0], [2.0, 2.0]]", "[[1.0, 1.0], [2.0, 20.0]]", "people.0"),
        ("[0.05, 0.05, 2.95, 2.95]", "[0.05, 0.05, 0.06, 2.95]", "rooms.0"),
    ],
)
def test_own_fields(tmp_path: Path, old: str, new: str, field: str) -> None:
    path = tmp_path / "broken.toml"
    assert old in SMALL_TOML
    path.write_text(SMALL_TOML.replace(old, new))
    refused(path, field)


def test_a_start_from_elsewhere_can_be_checked(small_toml: Path) -> None:
    home = load_home(small_toml)
    check_standing_place(home, SE2(1.5, 1.5, 0.0), "--start", "pose", ConfigError)
    with pytest.raises(ConfigError, match=r"--start: pose is .x 3, y 0"):
        check_standing_place(home, SE2(3.0, 0.5, 0.0), "--start", "pose", ConfigError)
    with pytest.raises(HomeError, match=r"x -0\.05 to 6\.05"):
        check_standing_place(home, SE2(30.0, 0.5, 0.0), "--start", "pose")
