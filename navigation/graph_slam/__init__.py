"""A map of a whole building from range scans: scans, places, loop closures and one pose graph."""
