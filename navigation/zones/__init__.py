"""What the user has drawn on the map: where not to go, where to go slowly, which way round."""
