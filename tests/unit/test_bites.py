"""Bites: when they are taken, how they heal and move, and what the picture shows of it."""

import numpy as np
import pytest

from wsim.worlds.film import film
from wsim.worlds.rendering.bites import bite_centres_m, bite_radii_m
from wsim.worlds.scene import Bite, Body, CameraPath, Material, Scene, Violation

APPLE = Body("apple", "sphere", (0.5, 0.0, 0.0), (0.0, 0.0, 0.0), Material(colour=(0.9, 0.1, 0.1)))
BITES = (Bite("apple", 0.2, (0.5, 0.0, 0.0), 0.3), Bite("apple", 0.8, (-0.5, 0.0, 0.0), 0.3))
WORLD = Scene("test", 0, 1.5, (APPLE,), CameraPath((0.0, -60.0, 0.0), (0.0, 0.0, 0.0), 1.2), bites=BITES)
TIMES_S = np.array([0.1, 0.2, 0.6, 1.0])


def outline(scene: Scene) -> np.ndarray:
    """How many pixels the apple has in the right and in the left half of the picture, at every time."""
    seen = film(scene, TIMES_S, 64, 64).render.ids == 0
    return np.stack([seen[:, :, 32:].sum(axis=(1, 2)), seen[:, :, :32].sum(axis=(1, 2))], axis=1)


def test_a_bite_is_there_from_its_time_on() -> None:
    np.testing.assert_array_equal(bite_radii_m(WORLD, TIMES_S), [[0, 0], [0.3, 0], [0.3, 0], [0.3, 0.3]])
    right, left = outline(WORLD).T
    assert right[0] == left[0] == left[1]
    # From afar one looks past the apple where x > 0.41: both balls are equally thick there.
    px_per_m = 32 / np.tan(np.radians(0.6)) / 60.0
    gone_m2 = 0.25 * np.arccos(0.82) - 0.41 * np.sqrt(0.25 - 0.41**2)
    assert (right[0] - right[1]) / px_per_m**2 == pytest.approx(gone_m2, rel=0.1)
    assert right[2] == right[3] == left[3]


def test_a_bite_heals_by_a_share_of_its_radius() -> None:
    half = WORLD.violated(Violation("bite_heals", 0.5, "apple", amount=0.5))
    np.testing.assert_allclose(bite_radii_m(half, TIMES_S)[:, 0], [0.0, 0.3, 0.15, 0.15])
    whole = WORLD.violated(Violation("bite_heals", 0.5, "apple", amount=1.0))
    right, left = outline(whole).T
    assert right[2] == right[0] > right[1]
    assert left[3] < left[0]  # what is bitten off later stays so


def test_bites_that_move_lie_elsewhere() -> None:
    moved = WORLD.violated(Violation("mark_moves", 0.5, "apple", vector=(-1.0, 0.0, 0.0)))
    np.testing.assert_allclose(bite_centres_m(moved, TIMES_S)[:, 0, 0], [0.5, 0.5, -0.5, -0.5])
    np.testing.assert_allclose(bite_centres_m(moved, TIMES_S)[:, 1, 0], -0.5)
    right, left = outline(moved).T
    assert (right[2], left[2]) == (left[1], right[1])


def test_a_scene_without_bites_has_none() -> None:
    assert bite_radii_m(WORLD.replace(bites=()), TIMES_S).shape == (4, 0)
    assert bite_centres_m(WORLD.replace(bites=()), TIMES_S).shape == (4, 0, 3)
