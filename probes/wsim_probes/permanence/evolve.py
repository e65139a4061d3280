"""Does what is hidden go on while nobody sees it?"""

from wsim.worlds.families.hidden_process import hidden_between_s
from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe

_AFTER_S = 0.05  # the screen has begun to slide away, and hides everything still


def evolve() -> HistoryProbe:
    """A clock, a pendulum or a ball that rolls round goes on behind a screen.

    Given are frames until the screen begins to leave: how the process moves, how long it was hidden, and
    that it will be seen again are settled. The end of the clip must show it advanced by the time that has
    passed; stopped where it was hidden, paused, begun anew, turned round or gone are other histories. It
    may be early or late by a tenth of a second, which is less than it was hidden.
    Where nothing is hidden, given frames in any order can end as they should, by chance: about one in twenty.
    """
    return HistoryProbe(
        name="permanence/evolve",
        version=3,
        question="Does a process go on while it is hidden?",
        family="hidden_process",
        asks=(
            Ask("short", (("hidden_s", 0.3),)),
            Ask("long", (("hidden_s", 0.5),)),
            Ask("nothing_there", (("hidden_s", 0.3),), control="empty"),
        ),
        lawful="advanced",
        window=(0.88, 1.0),
        prefix_s=_until_the_screen_leaves,
        latest_s=0.1,
        tracks=("video",),
    )


def _until_the_screen_leaves(scene: Scene) -> float:
    return hidden_between_s(scene)[1] + _AFTER_S
