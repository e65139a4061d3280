"""Worlds of blocks: an exact grid, an agent with hands, and how they look through its eyes."""
