"""Planners of others, written plainly, to be measured beside ours in the same run."""
