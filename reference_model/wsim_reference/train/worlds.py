"""Which worlds the model is trained on: all families, the hard things more often than the easy ones."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wsim.contracts import digest_of
from wsim.worlds.families import FAMILIES

Option = int | float | bool | str

# What a share of the clips is about, and the families that show it, in turn.
GROUPS: Mapping[str, tuple[float, tuple[str, ...]]] = {
    "hidden and seen again": (
        0.22,
        ("ball_behind_screen", "crossing", "hidden_process", "out_and_back", "cups", "door"),
    ),
    "contact": (
        0.20,
        (
            "collision", "two_hits", "billiards", "barrier", "dominoes", "push", "stack", "support",
            "shatter",
        ),
    ),
    "marks that stay": (0.12, ("brush_stroke", "bite", "trail")),
    "what words say": (0.15, ("still_life",)),
    "played": (0.10, ("walk", "build", "lever")),
    "seen by a moving camera": (0.08, ("room", "look_away", "shots")),
    "one thing moves": (
        0.13,
        (
            "fall", "bounce", "galileo", "pendulum", "incline", "tumble", "puck", "approach", "mirror",
            "shadow", "pour", "switch",
        ),
    ),
}  # fmt: skip

# How often a parameter of that name is true. Most twins of an act that does not happen are rarer.
TRUE_SHARES: Mapping[str, float] = {
    "empty": 0.15, "touches": 0.75, "bounces": 0.7, "comes": 0.8, "hits": 0.75, "falls": 0.7,
    "carries": 0.8, "wet": 0.75, "sticks": 0.3, "head_on": 0.3, "alike": 0.2, "tall": 0.3,
}  # fmt: skip
ROOM_CAMERAS = ("arc", "loop", "dolly", "truck", "pan", "jitter", "still")
THINGS: Mapping[int, float] = {1: 0.35, 2: 0.35, 3: 0.15, 4: 0.15}  # in a still life, by how often
_STILL_CAMERA = 0.75  # of still lifes: the others are seen by a camera that moves a little
_HIDDEN_S = (0.15, 0.6)  # for how long a screen hides what it hides
_TURNS_DEG = (40.0, 110.0)  # how far the camera looks away
_SCRIPTS = 8  # walks in the same landscape


def version() -> str:
    """Of all that decides which worlds are drawn: clips of other worlds are not taken for these."""
    shares = [GROUPS, TRUE_SHARES, THINGS, _STILL_CAMERA]
    return digest_of([str(part) for part in (*shares, ROOM_CAMERAS, _HIDDEN_S, _TURNS_DEG, _SCRIPTS)])


@dataclass(frozen=True, slots=True)
class World:
    """A family and the parameters of one of its worlds."""

    family: str
    options: dict[str, Option]


def draw_world(rng: np.random.Generator) -> World:
    """A group by its share, a family of the group, and parameters of the family."""
    shares = np.array([share for share, _ in GROUPS.values()])
    group = list(GROUPS.values())[int(rng.choice(len(shares), p=shares / shares.sum()))]
    family = group[1][int(rng.integers(len(group[1])))]
    return World(family, _options(family, rng))


def _options(family: str, rng: np.random.Generator) -> dict[str, Option]:
    names = list(inspect.signature(FAMILIES[family].make).parameters)
    options: dict[str, Option] = {
        name: bool(rng.random() < TRUE_SHARES[name]) for name in names if name in TRUE_SHARES
    }
    if "hidden_s" in names:
        options["hidden_s"] = float(rng.uniform(*_HIDDEN_S))
    if family == "still_life":
        options["count"] = int(rng.choice(list(THINGS), p=list(THINGS.values())))
        options["camera"] = "still" if rng.random() < _STILL_CAMERA else "arc"
    if family == "room":
        options["camera"] = ROOM_CAMERAS[int(rng.integers(len(ROOM_CAMERAS)))]
    if family == "look_away":
        options["angle_deg"] = float(rng.uniform(*_TURNS_DEG))
    if family == "out_and_back" and rng.random() < 0.3:
        options["by"] = "pan"
    if family == "cups":
        options["lift"] = ("ball", "ball", "empty", "none")[int(rng.integers(4))]
    if family == "walk":
        options["script"] = float(rng.integers(_SCRIPTS))
    return options
