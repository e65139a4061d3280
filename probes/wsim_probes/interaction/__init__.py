"""The interaction suite: one file a probe."""
