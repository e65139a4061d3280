"""The physics suite: one file a probe."""
