import dataclasses
import math

import numpy as np
import pytest
from simulation_toys import drive, room, world

from app.body_config import BodyConfig
from app.scan_assembler import ScanAssembler
from drivers.simulation.homes.home import Cylinder
from homebody.geometry import SE2
from homebody.messages import LidarPacket, Odometry, default_body
from navigation.reactive_track import OdometryTrack

BODY = BodyConfig(
    lidar_beams=720, lidar_packets=1, lidar_rate_hz=40.0, lidar_fov_rad=1.5 * math.pi,
    lidar_range_max_m=10.0, lidar_noise_std_m=0.0,
).description()  # fmt: skip


def test_beams_cover_the_field_of_view_from_edge_to_edge():
    angles = BODY.lidar.beam_angles_rad()
    assert angles[0] == pytest.approx(-0.75 * math.pi)
    assert angles[-1] == pytest.approx(0.75 * math.pi)
    full = default_body().lidar.beam_angles_rad()
    assert full[0] == -math.pi
    assert full[-1] == pytest.approx(math.pi - 2 * math.pi / 360)


def test_whole_scans_come_at_their_rate_and_miss_what_is_behind():
    pole = Cylinder(0.4, 2.0, 0.05)
    seen = Cylinder(2.0, 2.0, 0.05)
    w = world(room(cylinders=(pole, seen)), body=BODY)
    packets = [p for frame in drive(w, 0.5, 0.0, 0.0) for p in frame.lidar]
    assert len(packets) == 20
    assert all(len(p.ranges_m) == 720 and np.ptp(p.capture_time_s) == 0.0 for p in packets)
    ranges = packets[-1].ranges_m
    assert ranges[360] == pytest.approx(0.95, abs=0.01)
    assert np.nanmin(ranges) > 0.9  # the pole 0.6 m behind lies in the blind quarter


def test_a_scan_of_one_packet_has_one_time_also_where_beams_are_lost():
    lidar = dataclasses.replace(BODY.lidar)
    assembler, track = ScanAssembler(lidar), OdometryTrack()
    track.extend([Odometry(1.0, SE2.identity(), 0.0, 0.0)])
    ranges = np.full(720, np.nan)
    ranges[:10] = 1.0
    scan = assembler.update([LidarPacket(0, 0, np.full(720, 1.0), ranges)], track)
    assert scan is not None
    assert np.all(scan.capture_time_s == 1.0)


def test_packets_must_divide_the_beams():
    with pytest.raises(ValueError, match="lidar_packets"):
        BodyConfig(lidar_beams=360, lidar_packets=7)
