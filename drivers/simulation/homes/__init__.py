"""Homes for the simulated world: read from a file of any known format, checked, drawn.

Coordinates are metres: x right, y up, origin at the lower left corner of a picture or of the
bounding box of what a file draws; a ROS map and Homebody's own files keep the origin they name.
"""
