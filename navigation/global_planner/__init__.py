"""The way through the whole map, as a field of travel times and a path."""
