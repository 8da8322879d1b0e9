"""Tight places: the time to go from every pose nearby, with the footprint's shape and heading."""
