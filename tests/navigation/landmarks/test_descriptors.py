"""Matching of descriptors against the slow and obvious way."""

import numpy as np

from navigation.landmarks.config import MatchingConfig
from navigation.landmarks.descriptors import match, packed

CONFIG = MatchingConfig()


def slow_match(a, b, allowed):
    """By unpacked bits: mutual, within the limit, and clear of the second."""
    bits = np.unpackbits(a[:, None] ^ b[None], axis=2).sum(axis=2).astype(float)
    bits[~allowed] = 257
    found = []
    for i, row in enumerate(bits):
        j = int(np.argmin(row))
        second = np.sort(row)[1] if len(row) > 1 else 257
        is_clear = row[j] <= CONFIG.bits_max and row[j] < CONFIG.ratio * second
        if is_clear and np.argmin(bits[:, j]) == i:
            found.append((i, j))
    return np.array(found).reshape(-1, 2)


def noisy_copies(rng, n=80, m=120):
    b = rng.integers(0, 256, (m, 32), dtype=np.uint8)
    a = b[rng.permutation(m)[:n]] ^ np.packbits(rng.random((n, 256)) < 0.12, axis=1)
    return a, b


def test_pairs_are_those_of_the_slow_way():
    rng = np.random.default_rng(1)
    a, b = noisy_copies(rng)
    everywhere = np.ones((len(a), len(b)), dtype=bool)
    assert np.array_equal(match(packed(a), packed(b), CONFIG), slow_match(a, b, everywhere))


def test_pairs_within_a_window_are_those_of_the_slow_way():
    rng = np.random.default_rng(2)
    a, b = noisy_copies(rng)
    at_a, at_b = rng.random((len(a), 2)), rng.random((len(b), 2))
    allowed = (np.abs(at_a[:, None] - at_b[None]) <= 0.4).all(axis=2)
    found = match(packed(a), packed(b), CONFIG, at_a=at_a, at_b=at_b, reach=0.4)
    assert np.array_equal(found, slow_match(a, b, allowed))


def test_a_point_that_is_known_twice_is_no_rival_of_itself():
    rng = np.random.default_rng(3)
    a = rng.integers(0, 256, (1, 32), dtype=np.uint8)
    twice = np.concatenate((a, a))
    near, far = np.array([[0.0, 0.0, 1.0], [0.0, 0.01, 1.0]]), np.array([[0.0] * 3, [1.0] * 3])
    assert len(match(packed(a), packed(twice), CONFIG, places_b_m=near)) == 1
    assert len(match(packed(a), packed(twice), CONFIG, places_b_m=far)) == 0


def test_nothing_matches_nothing():
    none = packed(np.zeros((0, 32), dtype=np.uint8))
    assert match(none, none, CONFIG).shape == (0, 2)
