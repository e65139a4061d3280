"""What pixels say: objects, tracks, geometry, the read-out against alternatives."""
