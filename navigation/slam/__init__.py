"""Where the robot is, and the map it makes on the way. `Slam` is the whole of it."""
