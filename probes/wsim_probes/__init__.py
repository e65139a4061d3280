"""The first-party probes, one package a suite, one file a probe."""
