"""Who is around and where they walk: tracks with identity from the camera's detections."""
