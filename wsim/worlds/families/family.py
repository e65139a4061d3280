"""What a family of worlds is: a recipe for scenes, and the twins of each scene."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wsim.worlds.scene import Scene


@dataclass(frozen=True)
class Twins:
    """Scenes that differ from a lawful one in one stated way, by name.

    Attributes:
        violated: a law is broken; equal to the lawful scene until then.
        shams: something irrelevant differs (the colour of a wall, a bystander), and no law is broken.
        controls: the question has another lawful answer: nothing goes in (`empty`), the act misses
            (`near_miss`).
    """

    violated: Mapping[str, Scene]
    shams: Mapping[str, Scene] = field(default_factory=dict)
    controls: Mapping[str, Scene] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """Worlds that ask the same question.

    Attributes:
        make: from a seed, and parameters that all have defaults, to a scene; seeds from 0 up.
        twins: of a scene that `make` gave with default or other parameters.
        shows: what is to be seen, one plain sentence for people.
    """

    make: Callable[..., Scene]
    twins: Callable[[Scene], Twins]
    shows: str
