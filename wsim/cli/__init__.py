"""The `wsim` command, one file a verb."""
