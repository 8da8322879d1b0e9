"""Where to look next until the whole reachable home has been seen."""
