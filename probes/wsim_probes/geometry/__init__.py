"""The geometry suite: one file a probe."""
