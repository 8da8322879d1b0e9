"""Brains that misbehave in a process of their own: one hangs, one burns, one's disk is full.

Each is the real brain until a file with the name of the fault appears in the robot's folder.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
from multiprocessing.synchronize import Event
from pathlib import Path

from app import brain_process
from app.arguments import BrainArguments
from app.brain_parts import BrainOutput
from app.brain_state import BrainState
from app.process import prepare_child
from app.stores import json_store, map_store
from app.stores.atomic import replace_file
from app.stores.task_store import TaskStore
from homebody.errors import StoreError

HANG, FULL, REFUSED = "hang", "full", "refused"
BURN, BURNING = "burn", "burning"
_BURNERS_PER_CORE = 2


def hanging_brain_main(arguments: BrainArguments, ready: Event) -> None:
    """Runs into an endless loop that holds interpreter and processor."""
    send = brain_process._BrainShell._send

    def send_or_hang(self: brain_process._BrainShell, output: BrainOutput, now_s: float) -> None:
        while (arguments.folder / HANG).exists():
            sum(range(100_000))
        send(self, output, now_s)

    brain_process._BrainShell._send = send_or_hang  # type: ignore[method-assign]
    brain_process.brain_main(arguments, ready)


def burning_brain_main(arguments: BrainArguments, ready: Event) -> None:
    """Two endless loops for every processor, while the brain itself goes on."""
    send = brain_process._BrainShell._send
    folder = arguments.folder
    context = multiprocessing.get_context("fork")

    def send_and_burn(self: brain_process._BrainShell, output: BrainOutput, now_s: float) -> None:
        if (folder / BURN).exists() and not (folder / BURNING).exists():
            for _ in range(_BURNERS_PER_CORE * (os.cpu_count() or 1)):
                context.Process(target=_burn, daemon=True).start()
            (folder / BURNING).touch()
        send(self, output, now_s)

    brain_process._BrainShell._send = send_and_burn  # type: ignore[method-assign]
    brain_process.brain_main(arguments, ready)


def _burn() -> None:
    """Never ends by itself; dies with the brain."""
    prepare_child("burner")
    while True:
        sum(range(100_000))


def full_disk_brain_main(arguments: BrainArguments, ready: Event) -> None:
    """Whatever it wants to store finds no room; the first refusal leaves a file `REFUSED`."""
    folder = arguments.folder
    words = os.strerror(errno.ENOSPC)

    def is_full() -> bool:
        if not (folder / FULL).exists():
            return False
        if not (folder / REFUSED).exists():
            (folder / REFUSED).touch()
        return True

    def replace_or_fail(path: Path, data: bytes, mode: int = 0o600) -> None:
        if is_full():
            raise OSError(errno.ENOSPC, words)
        replace_file(path, data, mode)

    save = TaskStore.save

    def save_or_fail(self: TaskStore, value: BrainState) -> None:
        if is_full():
            raise StoreError(words)
        save(self, value)

    map_store.replace_file = replace_or_fail  # type: ignore[attr-defined]
    json_store.replace_file = replace_or_fail  # type: ignore[attr-defined]
    TaskStore.save = save_or_fail  # type: ignore[method-assign]
    brain_process.brain_main(arguments, ready)
