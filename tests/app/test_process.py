"""A child dies with its parent, whenever that happens."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import multiprocessing, os, sys, time

def late(path):
    time.sleep(0.5)  # its parent is gone by now
    from app.process import prepare_child
    prepare_child("late")
    open(path, "w").close()
    time.sleep(60.0)

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=late, args=(sys.argv[1],))
    child.start()
    print(child.pid, flush=True)
    os._exit(0)
"""


def test_a_child_whose_parent_died_while_it_started_ends(tmp_path: Path) -> None:
    script, lived = tmp_path / "parent.py", tmp_path / "lived"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(script), str(lived)]
    said = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60.0)
    child = Path(f"/proc/{int(said.stdout)}/stat")
    end_s = time.monotonic() + 20.0
    while _is_alive(child):
        assert time.monotonic() < end_s, "it lives on"
        time.sleep(0.05)
    assert not lived.exists()


def _is_alive(stat: Path) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
