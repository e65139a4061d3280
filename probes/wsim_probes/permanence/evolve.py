"""Does what is hidden go on while nobody sees it?"""

from wsim.worlds.families.hidden_process import COVER_S, hidden_between_s
from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe

_READ_S = (0.02, 0.2)  # after the screen has gone
_AFTER_S = 0.05  # the screen has begun to slide away, and hides everything still


def evolve() -> HistoryProbe:
    """A clock, a pendulum or a ball that rolls round goes on behind a screen.

    Given are frames until the screen begins to leave: how the process moves, how long it was hidden, and
    that it will be seen again are settled. When the screen has gone it must be seen advanced by the time that
    has passed; stopped where it was hidden, paused, begun anew, turned round or gone are other histories. It
    may be early or late by a tenth of a second, which is less than it was hidden.
    Where nothing is hidden, given frames in any order can end as they should, by chance: about one in twenty.
    """
    return HistoryProbe(
        name="permanence/evolve",
        version=4,
        question="Does a process go on while it is hidden?",
        family="hidden_process",
        asks=(
            Ask("short", (("hidden_s", 0.3),)),
            Ask("long", (("hidden_s", 0.5),)),
            Ask("nothing_there", (("hidden_s", 0.3),), control="empty"),
        ),
        lawful="advanced",
        window=_once_it_is_seen_again,
        prefix_s=_until_the_screen_leaves,
        latest_s=0.1,
        tracks=("video",),
    )


def _once_it_is_seen_again(scene: Scene) -> tuple[float, float]:
    gone_s = hidden_between_s(scene)[1] + COVER_S
    return gone_s + _READ_S[0], gone_s + _READ_S[1]


def _until_the_screen_leaves(scene: Scene) -> float:
    return hidden_between_s(scene)[1] + _AFTER_S
