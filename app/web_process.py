"""The web process: a client of the broker like any other, with the panel on top."""

from __future__ import annotations

from multiprocessing.synchronize import Event

from app.arguments import WebArguments
from app.process import prepare_child
from web.run import run_web


def web_main(arguments: WebArguments, ready: Event) -> None:
    """Entry point of the web process."""
    prepare_child("web")
    ready.set()
    run_web(arguments.web, arguments.bus, arguments.robot, arguments.troubles)
