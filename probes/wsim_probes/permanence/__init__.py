"""The permanence suite: one file a probe."""
