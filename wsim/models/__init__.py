"""Adapters from whatever a user has to the Model protocol, and the controls."""
