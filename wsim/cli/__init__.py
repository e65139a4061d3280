"""The `wsim` command: one file a verb. Heavy imports wait inside the verbs."""
