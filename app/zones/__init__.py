"""The user's zones: asked for over MQTT, kept on disk, and drawn from the command line."""
