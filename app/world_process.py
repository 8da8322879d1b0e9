"""The simulated world in real time, with a motor controller and a command timeout of its own."""

from __future__ import annotations

from multiprocessing.synchronize import Event

from app.arguments import WorldArguments
from app.pace import Pacer
from app.process import StopFlag, prepare_child, use_one_thread
from app.urgency import make_less_nice
from drivers.simulation.link import WorldServer
from drivers.simulation.world import World
from homebody.clock import MonotonicClock

_PERIOD_S = 0.01


def world_main(arguments: WorldArguments, ready: Event) -> None:
    """Entry point of the world process."""
    prepare_child("world")
    use_one_thread()
    stop = StopFlag()
    make_less_nice()  # it stands for wheels and sensors, which are no slower on a busy computer
    clock = MonotonicClock()
    config = arguments.config
    world = World(
        arguments.home,
        config.body_description(),
        arguments.scenario,
        config.simulation,
        arguments.seed,
        start_time_s=clock.now_s(),
    )
    server = WorldServer(world, arguments.link)
    ready.set()
    pacer = Pacer(_PERIOD_S, clock)
    while not stop.is_set:
        server.step(clock.now_s())
        pacer.wait()
