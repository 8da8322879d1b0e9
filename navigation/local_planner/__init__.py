"""The local planner: graceful, predictive motion of the next seconds, as arrays of candidates."""
