"""Does the trail of a wet ball stay when the ball has gone, and is there none behind a dry one?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe

_KNOWN_BY = "where little else stands in view, it is what the scene is known by"
_ROLLING = 0.45  # share of the clip: half the trail is there


def trace() -> HistoryProbe:
    """A ball rolls across the floor at constant speed, wet with paint or dry, and leaves the picture.

    Given is the first half: where the ball goes, how fast, and that it leaves a trail. Once it has gone the
    whole trail must be there, as wide and where it was drawn: not faded (oldest part first, wholly or in
    part), not moved, not wider; behind a dry ball the floor stays clean.
    """
    return HistoryProbe(
        name="interaction/trace",
        version=2,
        question="Does the trail of a wet ball stay, and is there none behind a dry ball?",
        family="trail",
        asks=(Ask("wet"), Ask("dry", control="near_miss")),
        lawful="as the ball left it",
        window=(0.88, 1.0),
        prefix_s=_while_the_ball_rolls,
        tracks=("video",),
        graded=("mark_fades", "mark_moves", "mark_grows"),
        excused=tuple((f"{kind} of a bystander", _KNOWN_BY) for kind in ("vanish", "teleport", "recolour")),
    )


def _while_the_ball_rolls(scene: Scene) -> float:
    return _ROLLING * scene.duration_s
