"""A mistake in a scene, in the three parts of an error for people."""

from typing import NamedTuple


class Problem(NamedTuple):
    """What is wrong, the field of the scene in which it is, and what would mend it."""

    problem: str
    field: str
    remedy: str
