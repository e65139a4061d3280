"""The conditioning suite: one file a probe."""
