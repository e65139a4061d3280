"""Where shadows fall and what mirrors show, pixel by pixel.

Axis letters: `time`, `height`, `width`.
"""

import dataclasses

import numpy as np
from jaxtyping import Bool, Int16

from wsim.worlds.film import Film
from wsim.worlds.rendering.render import light_truth


def shadows(film: Film) -> Bool[np.ndarray, "time height width"]:
    """Where a surface that faces the sun lies in the shadow of any body."""
    return light_truth(film.scene, film.trajectory, *film.render.ids.shape[1:]).shadow


def shadow_of(film: Film, body: str) -> Bool[np.ndarray, "time height width"]:
    """The shadow that one body alone throws: what would lie in the sun if it threw none.

    Raises:
        KeyError: there is no such body.
    """
    index = film.scene.bodies.index(film.scene.body(body))
    looks = film.trajectory.looks
    casts = looks.casts.copy()
    casts[:, index] = False
    without = dataclasses.replace(film.trajectory, looks=dataclasses.replace(looks, casts=casts))
    lit = ~light_truth(film.scene, without, *film.render.ids.shape[1:]).shadow
    return np.asarray(shadows(film) & lit)


def mirrored_ids(film: Film) -> Int16[np.ndarray, "time height width"]:
    """Index into `scene.bodies` of the body that is seen in a mirror, -1 where there is none."""
    return light_truth(film.scene, film.trajectory, *film.render.ids.shape[1:]).mirror_ids
