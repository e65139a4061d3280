"""Records as files: arrays that numpy reads, and dataclasses of any shape as arrays and JSON."""
