"""Maps that last: what is kept of a home, how it is written, and the commands that work on it."""
