"""Frozen, versioned benchmark definitions."""
