"""What a question says of a world: what settles the answer, and never the answer itself.

`prompted` is for those to whom words alone say what happens; `setting` for those who are shown it.
"""

import dataclasses
from collections.abc import Mapping

from wsim.worlds.captions.nouns import NOUNS
from wsim.worlds.captions.told import check_story
from wsim.worlds.captions.verbs import FOLLOWING
from wsim.worlds.captions.wording import worded
from wsim.worlds.scene import Story


def prompted(story: Story, seed: int) -> str:
    """The full caption, but for happenings that tell no more than what must come of the others.

    That a stroke which was painted stays, or that a ball which was dropped bounces, is for a model to know.

    Args:
        story: what there is to tell.
        seed: chooses the wording, 0 or more.

    Raises:
        WsimError: a story that captions cannot tell.
    """
    check_story(story)
    happenings = tuple(one for one in story.happenings if one.verb not in FOLLOWING)
    part = dataclasses.replace(story, happenings=happenings)
    return worded(part, seed, stillness=not story.happenings)


def setting(story: Story, seed: int, seen: Mapping[str, int], *, from_start: bool = True) -> str:
    """What is there, how it stands and what the camera does; nothing of what happens, nor that nothing does.

    Args:
        story: what there is to tell.
        seed: chooses the wording, 0 or more.
        seen: by their keys, how many of its things can be seen; those that are not named cannot.
        from_start: whether they are seen at time zero, when they stand as the story says.

    Raises:
        WsimError: a story that captions cannot tell.
    """
    check_story(story)
    things = tuple(
        dataclasses.replace(thing, count=seen[thing.key] if NOUNS[thing.noun] else 1)
        for thing in story.things
        if seen.get(thing.key)
    )
    keys = {thing.key for thing in things}
    stand = tuple(one for one in story.relations if from_start and {one.subject, one.object} <= keys)
    return worded(Story(things, stand, camera=story.camera), seed, stillness=False)
