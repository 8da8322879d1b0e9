"""Things that move and are no people, seen as moving from the ranges alone."""
