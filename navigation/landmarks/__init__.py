"""Sparse visual landmarks: points with binary descriptors, seen, matched and remembered."""
