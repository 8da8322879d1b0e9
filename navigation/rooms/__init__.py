"""Rooms by name, and where to stand in them."""
