"""Does what comes of a collision change when one thing that leads to it is changed?"""

from collections.abc import Mapping

from wsim.worlds.scene import Scene, Story
from wsim_probes.history import Ask, HistoryProbe

_GIVEN = 0.2  # of the clip: nothing has touched anything yet
_SLOWER, _MEETS = 0.5, 0.5  # of the speed of the ball


def counterfactual() -> HistoryProbe:
    """A ball rolls into another: asked as it is, and again with one thing changed; read against renders.

    The other ball is not there, or the ball rolls half as fast, or the other one comes to meet it. Given is
    what comes before any contact, with the change in plain sight: it settles that the ball rolls on, that it
    hits late and gently, or early and hard (Newton's laws; how elastic balls are changes less than may be
    told). For each question the future of the unchanged world is what must not be seen, and for the
    unchanged world those of all the others: whoever ignores the change answers the other question, and is
    read as that. So is, in the interventionist sense (Pearl, Causality, 2000), the effect of a cause told
    from what usually happens. Histories may be early or late by a tenth of a second.
    """
    return HistoryProbe(
        name="physics/counterfactual",
        version=3,
        question="When one thing that leads to a collision is changed, does what comes of it change as well?",
        family="collision",
        asks=(Ask("as_it_is"), *(Ask(name, control=name) for name in ("absent", "slower", "meets"))),
        lawful="as it must",
        mistaken="as if nothing had changed",
        window=(0.6, 1.0),
        prefix_s=_given_s,
        latest_s=0.1,
        tracks=("video",),
        breaks=_as_if_changed,
        controls=_changed,
    )


def _given_s(scene: Scene) -> float:
    return _GIVEN * scene.duration_s


def _changed(scene: Scene) -> Mapping[str, Scene]:
    """The same world but for one thing; of the words of the family only what there is stays true."""
    assert scene.story is not None
    untold = scene.replace(captions=("", "", ""), story=Story(scene.story.things))
    speed_m_s = scene.body("ball").velocity_m_s[0]
    return {
        "absent": untold.without_body("target"),
        "slower": _rolling(untold, "ball", _SLOWER * speed_m_s),
        "meets": _rolling(untold, "target", -_MEETS * speed_m_s),
    }


def _as_if_changed(scene: Scene) -> Mapping[str, Scene]:
    return {f"as if {name}": other for name, other in _changed(scene).items()}


def _rolling(scene: Scene, ball: str, speed_m_s: float) -> Scene:
    """One of the balls rolls at another speed from the beginning, without slipping."""
    spin = (0.0, speed_m_s / scene.body(ball).size_m[0], 0.0)
    return scene.with_body(ball, velocity_m_s=(speed_m_s, 0.0, 0.0), angular_velocity_rad_s=spin)
