"""Homes that are explored bit by bit: rooms, names and doorways stay who they are."""

import numpy as np
import pytest
from room_memories import survey
from toy_world import ToyWorld, explore, raster

from navigation.rooms.memory import RoomMemory

# Four rooms round a corridor, 9 x 7 m, with furniture; three rooms in a row with wide openings,
# HouseExpo's way; an L of a living room round a bath, and a corridor.
FLAT = (9.0, 7.0, [
    (0.0, 2.8, 1.6, 2.9), (2.4, 2.8, 6.0, 2.9), (6.8, 2.8, 9.0, 2.9),
    (0.0, 4.1, 2.6, 4.2), (3.4, 4.1, 6.6, 4.2), (7.4, 4.1, 9.0, 4.2),
    (4.4, 0.0, 4.5, 2.8), (4.8, 4.2, 4.9, 7.0),
    (0.0, 0.0, 2.2, 1.0), (6.2, 0.9, 7.4, 1.5), (1.0, 5.4, 2.2, 6.2), (6.0, 6.3, 7.6, 6.9),
], (3.0, 2.2), 5)  # fmt: skip
ROW = (12.0, 5.0, [
    (4.0, 0.0, 4.1, 1.8), (4.0, 3.0, 4.1, 5.0), (8.4, 0.0, 8.5, 0.6), (8.4, 1.6, 8.5, 5.0),
], (2.0, 2.0), 3)  # fmt: skip
ELL = (9.0, 8.0, [
    (5.0, 4.0, 9.0, 4.1), (5.0, 4.0, 5.1, 4.8), (5.0, 5.6, 5.1, 8.0),
    (0.0, 1.4, 1.0, 1.5), (1.9, 1.4, 9.0, 1.5),
], (2.0, 4.0), 3)  # fmt: skip


class Filmed(ToyWorld):
    """Keeps a map of every so many scans."""

    EVERY = 3

    def scan(self, xy_m, **options):
        super().scan(xy_m, **options)
        self.film = getattr(self, "film", [])
        if self.revision % self.EVERY == 1:
            self.film.append((self.snapshot(), tuple(xy_m)))


@pytest.fixture(scope="module", params=[FLAT, ROW, ELL], ids=["flat", "row", "ell"])
def grown(request):
    width_m, height_m, solids, start, n_rooms = request.param
    world = Filmed(raster(width_m, height_m, solids))
    tour = explore(world, start, drive_step_m=0.5, decide_every_m=2.0)
    assert tour.is_done
    memories = [RoomMemory.blank()]
    for snapshot, robot in [*world.film, (world.snapshot(), start)]:
        memories.append(memories[-1].surveyed(survey(snapshot, robot)))
    return memories[1:], n_rooms


def identities_of(memory):
    of_label = np.zeros(len(memory.rooms) + 1, int)
    for room in memory.rooms:
        of_label[room.area.label] = room.identity
    return of_label[memory.plan.labels]


def test_all_rooms_are_found(grown):
    memories, n_rooms = grown
    assert len(memories) > 4
    assert len(memories[-1].rooms) == n_rooms


def test_identities_never_swap_while_the_map_grows(grown):
    memories, _ = grown
    final = identities_of(memories[-1])
    alive = {room.identity for room in memories[-1].rooms}
    for memory in memories:
        cells = identities_of(memory)
        for room in memory.rooms:
            later = final[(cells == room.identity) & (final > 0)]
            if room.identity in alive and later.size:
                assert np.bincount(later).argmax() == room.identity


def test_a_name_given_early_stays_with_its_room(grown):
    memories, _ = grown
    first = memories[0].rooms[0]
    memory = memories[0].renamed(first.name, "my place")
    for later in memories[1:]:
        # The surveys again, on what was called so: the plans are those of the film.
        identities = memory.identities.copied()
        rooms = {room.name: room.identity for room in identities.update(later.plan)}
        assert rooms["my place"] == first.identity
        memory = RoomMemory(identities, memory.doorways)


def test_doorways_that_were_found_stay_where_they_are(grown):
    memories, _ = grown
    last = {d.identity: d for d in memories[-1].known_doorways()}
    half = memories[len(memories) // 2 :]
    for memory in half:
        for doorway in memory.known_doorways():
            if doorway.identity in last:
                later = last[doorway.identity]
                off = (doorway.a_map_m + doorway.b_map_m - later.a_map_m - later.b_map_m) / 2
                assert np.linalg.norm(off) < 0.5
