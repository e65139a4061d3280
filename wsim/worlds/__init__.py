"""Exact worlds: scenes as data, physics, rendering, truth records, captions, violations."""
