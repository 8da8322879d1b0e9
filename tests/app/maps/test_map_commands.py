"""The commands of `homebody map`, as a user gives them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from app.cli import app
from app.stores.folder import StateFolder
from drivers.simulation.homes.load import default_home_path
from homebody.errors import HomebodyError, InputError, ResourceError, StoreError

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HOMEBODY_STORAGE__FOLDER", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("HOMEBODY_MAP_KEYS", raising=False)

    def call(*words: object) -> Result:
        result = CliRunner().invoke(app, ["map", *(str(word) for word in words)])
        if isinstance(result.exception, HomebodyError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return call


def test_a_plan_comes_in_is_shown_and_goes_out_for_ros(run: Run, tmp_path: Path) -> None:
    assert "no map is stored yet" in run("list").output
    imported = run("import", default_home_path(), "--name", "flat").output
    map_id = re.search(r"[0-9a-f]{8}", imported)
    assert map_id is not None
    assert re.search(rf"{map_id[0]}.*flat.*1.*yes", run("list").output)
    shown = run("show", "flat", "--out", tmp_path / "flat.png").output
    area_m2 = re.search(r"(\d+) m2 are known", shown)
    assert area_m2 is not None
    assert int(area_m2[1]) > 50
    assert "kitchen" in shown
    run("rename-room", "flat", "kitchen", "galley")
    assert "galley" in run("show", "flat", "--out", tmp_path / "flat.png").output
    picture = cv2.imread(str(tmp_path / "flat.png"))
    assert picture is not None
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) >= 3
    run("export", "flat", tmp_path / "flat.yaml")
    run("import", tmp_path / "flat.yaml", "--name", "again")
    again = run("show", "again", "--out", tmp_path / "again.png").output
    again_m2 = re.search(r"(\d+) m2 are known", again)
    assert again_m2 is not None
    assert int(again_m2[1]) == pytest.approx(int(area_m2[1]), rel=0.04)


def test_names_versions_and_keys_can_be_changed(run: Run, tmp_path: Path) -> None:
    run("import", default_home_path(), "--name", "flat")
    run("rename", "flat", "our flat")
    assert "version 1" in run("rollback", "our flat").output
    key = (tmp_path / "state" / "map.keys").read_text()
    assert "3 files sealed" in run("rotate-key").output
    assert (tmp_path / "state" / "map.keys").read_text() != key
    assert "flat" in run("show", "flat", "--out", tmp_path / "x.png").output
    assert "makes a new map" in run("use", "none").output
    assert "yes" not in run("list").output


def test_mistakes_are_named(run: Run, tmp_path: Path) -> None:
    run("import", default_home_path(), "--name", "flat")
    with pytest.raises(InputError, match=r"'barn'; allowed: one of: [0-9a-f]{8} \(flat\)"):
        run("show", "barn")
    with pytest.raises(InputError, match=r"a \.png or \.yaml file"):
        run("export", "flat", tmp_path / "flat.gif")
    with pytest.raises(StoreError, match="there is no earlier version"):
        run("rollback", "flat")
    with pytest.raises(StoreError, match="version is 7; allowed: 1"):
        run("rollback", "flat", 7)
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(InputError, match=r"broken\.json"):
        run("import", tmp_path / "broken.json")


def test_nothing_is_changed_under_a_running_robot(run: Run, tmp_path: Path) -> None:
    run("import", default_home_path(), "--name", "flat")
    folder = StateFolder(tmp_path / "state")
    try:
        with pytest.raises(ResourceError, match="another Homebody"):
            run("rename", "flat", "other")
        assert "flat" in run("list").output
    finally:
        folder.close()
