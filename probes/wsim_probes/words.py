"""What questions say in words, so that no model is told by them what it is asked to know.

Where words must settle the answer they tell what happens; where frames do, the setting that these show.
"""

import numpy as np
from jaxtyping import Int16

from wsim.contracts import Context
from wsim.worlds.captions import prompted, setting
from wsim.worlds.captions.nouns import PLACES
from wsim.worlds.scene import Scene, Story, Thing
from wsim.worlds.take import Take

LEAST_SEEN = 1 / 1000  # of the picture, in one of the given frames


def words_of(take: Take, context: Context | None, *, settle: bool) -> str | None:
    """The words of a question; None for a world without a story.

    Args:
        take: the lawful history.
        context: the frames that are given.
        settle: whether the answer is not settled without words.
    """
    scene = take.scene
    if scene.story is None:
        return None
    if settle or context is None:
        return prompted(scene.story, scene.seed)
    seen = things_seen(scene, scene.story, take.film.render.ids[list(context.indices)])
    return setting(scene.story, scene.seed, seen, from_start=0 in context.indices)


def things_seen(scene: Scene, story: Story, ids: Int16[np.ndarray, "known height width"]) -> dict[str, int]:
    """How many of each thing of a story can be seen in some frames, by its key.

    A thing is the body of its name, or all bodies of its noun and colour that are no other thing. Those that
    are no bodies (paint, blocks of a landscape) are left out, but for the place that everything is in.
    """
    least_px = LEAST_SEEN * ids[0].size
    shown = {
        body.name
        for place, body in enumerate(scene.bodies)
        if np.count_nonzero(ids == place, axis=(1, 2)).max() >= least_px
    }
    counted = {key: len(names & shown) for key, names in _bodies_of(scene, story).items()}
    return counted | {thing.key: 1 for thing in story.things if thing.noun in PLACES}


def _bodies_of(scene: Scene, story: Story) -> dict[str, set[str]]:
    """The names of the bodies that each thing is; the more exactly described choose first."""
    free = {body.name: body for body in scene.bodies}
    found: dict[str, set[str]] = {}

    def exactness(thing: Thing) -> tuple[bool, bool]:
        return thing.key not in free, not thing.colour

    for thing in sorted(story.things, key=exactness):
        alike = {
            name
            for name, body in free.items()
            if body.noun == thing.noun and thing.colour in ("", body.colour_name)
        }
        found[thing.key] = {thing.key} if thing.key in free else alike
        for name in found[thing.key]:
            del free[name]
    return found
