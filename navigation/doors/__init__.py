"""Doors: what is seen of them, how often each is open, and whether it pays to wait at one."""
