"""The map of the home (`occupancy`) and the window around the robot (`local_map`)."""
