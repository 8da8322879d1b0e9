"""All processes of a robot; a supervisor, which loses patience with kills, only where asked for."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from app.child import Child
from app.config import HomebodyConfig, MqttConfig, RobotConfig
from app.run import make_children
from app.setting import make_setting
from app.supervisor import Supervisor
from benchmarks.witness import Witness
from drivers.simulation.link import WorldLink
from drivers.simulation.moment import Truth
from homebody.mailbox import Mailbox
from web.config import WebConfig

_SAMPLE_S = 0.01
_WORLD_PRIORITY = 1  # below the body's loop


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Household:
    """A robot whose processes can be killed, paused and started one by one; `close` it.

    Args:
        folder: Where the robot keeps what survives.
        mains: Other entry points of processes by their name, for one that misbehaves.
        with_web: The panel too, at `web_port`.
        world_first: The world goes before all other processes: for trials in which time counts. Two
            such households at once would leave the others no processor.

    Attributes:
        truths: What the world told of the robot since the last start, every 50 ms.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        autostart: str = "explore",
        mains: Mapping[str, str] | None = None,
        *,
        with_web: bool = False,
        world_first: bool = False,
    ) -> None:
        port, self.web_port = free_port(), free_port()
        robot = RobotConfig(autostart_task=autostart)
        self.config = HomebodyConfig(
            mqtt=MqttConfig(port=port), robot=robot, web=WebConfig(port=self.web_port)
        )
        self.folder = folder
        self.witness = Witness(port)
        self.children: dict[str, Child] = {}
        self.truths: list[Truth] = []
        self._seed = seed
        self._mains = dict(mains or {})
        self._with_web = with_web
        self._is_world_first = world_first
        self._troubles: Mailbox[tuple[str, ...]] = Mailbox("troubles")
        self._supervising: threading.Thread | None = None
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["benchmarks.quick_start"])
        self._truth_box: Mailbox[Truth] | None = None
        self._is_closed = False
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def start_all(self) -> None:
        """A new world and all processes, as after the power is back."""
        setting = make_setting(self.config, None, None, None, self._seed)
        children = make_children(self.config, setting, self._with_web, self.folder, self._troubles)
        self.children = {child.name: child for child in children}
        for name, main in self._mains.items():
            self.children[name].main = main
        link: WorldLink = self.children["world"].arguments.link
        self.truths = []
        self._truth_box = link.truth
        for name in self.children:
            self.start(name)

    def start(self, name: str) -> None:
        """Start one process."""
        child = self.children[name]
        child.spawn(self._context, 0.0)
        if name == "world" and self._is_world_first:
            # It stands for what no computer can hold up, however busy with other things.
            with contextlib.suppress(OSError):
                assert child.process is not None
                os.sched_setscheduler(
                    child.process.pid or 0, os.SCHED_RR, os.sched_param(_WORLD_PRIORITY)
                )

    def await_ready(self, timeout_s: float = 60.0) -> None:
        """Wait until every process is ready."""
        for child in self.children.values():
            assert child.ready is not None
            if not child.ready.wait(timeout_s):
                raise TimeoutError(f"{child.name} is not ready within {timeout_s:.0f} s")

    def supervise(self) -> None:
        """From now on what dies is started again, as in `homebody run`."""
        children = list(self.children.values())
        supervisor = Supervisor(children, self._troubles.put, self._context)
        watch = partial(supervisor.watch, lambda: not self._is_closed)
        self._supervising = threading.Thread(target=watch, daemon=True)
        self._supervising.start()

    def kill(self, *names: str) -> None:
        """SIGKILL, all at once."""
        processes = [self.children[name].process for name in names]
        for process in processes:
            if process is not None:
                process.kill()
        for process in processes:
            if process is not None:
                process.join()

    def kill_all(self) -> None:
        """The power is cut."""
        self.kill(*self.children)

    def send(self, number: signal.Signals, names: Sequence[str] = ()) -> None:
        """A signal to some processes, or to all."""
        for name in names or tuple(self.children):
            process = self.children[name].process
            if process is not None and process.pid is not None and process.is_alive():
                os.kill(process.pid, number)

    @property
    def touches(self) -> int:
        """Contacts since the last start."""
        return self.truths[-1].touch_count if self.truths else 0

    @property
    def speed_m_s(self) -> float:
        """The true speed now."""
        return abs(self.truths[-1].speed_m_s) if self.truths else 0.0

    def close(self) -> None:
        """End everything."""
        self._is_closed = True
        self._sampler.join()
        if self._supervising is not None:
            self._supervising.join()
        self.kill_all()
        self.witness.close()

    def _sample(self) -> None:
        while not self._is_closed:
            box = self._truth_box
            truth = box.take() if box is not None else None
            if truth is not None:
                self.truths.append(truth)
            time.sleep(_SAMPLE_S)
