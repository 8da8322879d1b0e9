"""What every child process does first: die with its parent, leave Ctrl-C to it, one BLAS thread."""

from __future__ import annotations

import ctypes
import importlib
import multiprocessing
import os
import signal
from multiprocessing.synchronize import Event
from types import FrameType
from typing import Any

from homebody.errors import HomebodyError
from homebody.ports import Outbox

_LAST_WORDS_MAX = 500
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
SINGLE_THREAD_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def prepare_child(name: str = "worker") -> None:
    """Make this process a good child of its supervisor, by the name that `ps` and `top` show.

    The kernel kills it when its parent is gone, so that no crash leaves an orphan; Ctrl-C, which
    the terminal sends to the whole group, is the parent's business.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NAME, f"hb-{name}".encode(), 0, 0, 0)
    _die_with_parent(libc)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def use_one_thread() -> None:
    """One thread for OpenCV: the arrays are small, and runs repeat bit for bit.

    BLAS reads `SINGLE_THREAD_ENVIRONMENT` when NumPy is first imported; whoever starts the
    processes sets it.
    """
    import cv2  # noqa: PLC0415  (costs time at start; only processes that need it pay)

    cv2.setNumThreads(1)


def _die_with_parent(libc: ctypes.CDLL) -> None:
    """Also where it died before this process had got so far as to ask for that."""
    started_by = multiprocessing.parent_process()
    parent = os.getppid() if started_by is None else started_by.pid
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def run_main(main: str, arguments: Any, ready: Event, last_words: Outbox[str]) -> None:
    """Load and call a child's entry point, given as "module:function".

    Args:
        last_words: Gets what it died of, should it die of an exception.
    """
    module, _, function = main.partition(":")
    try:
        getattr(importlib.import_module(module), function)(arguments, ready)
    except Exception as problem:
        is_ours = isinstance(problem, HomebodyError)
        words = str(problem) if is_ours else f"{type(problem).__name__}: {problem}"
        last_words.put(words[:_LAST_WORDS_MAX])
        raise


class StopFlag:
    """Set by SIGTERM: the loop ends after its turn."""

    def __init__(self) -> None:
        self.is_set = False
        signal.signal(signal.SIGTERM, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.is_set = True
