"""Certificates: what a probe says of lawful worlds, of graded violations, of nuisances and of adversaries."""
