"""Distances between sets of videos, and how well videos fit words and each other."""
