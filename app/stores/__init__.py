"""The file implementations of the ports' stores: what survives a restart and a power cut."""
