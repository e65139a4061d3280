"""Broken laws: what each violation does to the state of the world, and how severe it is."""
