"""Is a ball as heavy and as bouncy at its second hit as at its first?"""

from collections.abc import Mapping
from dataclasses import dataclass

from wsim.contracts import Scenario
from wsim.perception.alternatives import Answer
from wsim.perception.noise_floor import noise_floor
from wsim.perception.tint import untinted
from wsim.video import Frames
from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import HistoryProbe
from wsim_probes.history_bank import LAWFUL, LOST, UNCLEAR

_BEFORE_S, _AFTER_S = 0.03, 1e-3  # of the second hit
_FLOORS = 1.5  # a clip may be so many times as far from what is right as it is from what it was given
_COARSEST_LAB = 9.0  # a clip further than that from either shows something else


@dataclass(frozen=True)
class _Latent(HistoryProbe):
    """A clip that is about as near to the law as to what it was given does not say that the law is broken.

    A quarter of a violation moves a ball by less than a pixel, and three balls, a fifth of the picture, are
    what codecs spoil most: through H.264 at crf 35 the given frames of lawful worlds (development seeds 501
    to 503, 64x64) are 3.8 to 6.3 LAB units off, half of them 5 or more. All histories do without an answer
    up to 6 (`wsim_probes.history_bank`), these balls beyond it, for a coarser clip cannot tell more; nor
    does it tell the right history from one that is a frame or two late. Other worlds, and what simulates
    nothing but keeps to the given frames, are at 30 or more, or at 0.
    """

    def _said(self, scenario: Scenario, frames: Frames) -> tuple[str, Answer]:
        name, answer = super()._said(scenario, frames)
        if name in (LAWFUL, LOST, UNCLEAR):
            return name, answer
        histories = self._histories(scenario)
        asked, known = histories.alternatives, len(histories.given)
        shown = untinted(frames, histories.given)[:known]
        floor_lab = noise_floor(shown, histories.given, float(asked.mask.mean()), asked.blur_px)
        little = answer.departure <= min(_FLOORS * floor_lab, _COARSEST_LAB)
        return UNCLEAR if little and floor_lab <= _COARSEST_LAB else name, answer


def latent() -> HistoryProbe:
    """A ball hits one of two equal balls, comes back and hits the other; read against renders.

    Nothing that is seen tells how heavy or bouncy the ball is but its first hit, which is given, and so is
    the way back. Mass and restitution are properties that last, and the two that are hit are alike: so the
    second hit must share the speed as the first did, by momentum and Newton's law of restitution (Principia,
    1687, scholium to the laws). The second ball must not go off faster or slower, nor the ball come back
    slower than that, nor pass through. They may be early or late by a tenth of a second.
    """
    return _Latent(
        name="physics/latent",
        version=4,
        question="Is a ball as heavy and as bouncy at its second hit as at its first?",
        family="two_hits",
        lawful="as at the first hit",
        window=(0.8, 1.0),
        prefix_s=_until_the_second_hit,
        latest_s=0.1,
        tracks=("video",),
        breaks=_other_masses,
        graded=("second gets more", "second gets less", "ball keeps less"),
    )


def _until_the_second_hit(scene: Scene) -> float:
    return _second_hit_s(scene) - _BEFORE_S


def _second_hit_s(scene: Scene) -> float:
    from wsim.worlds.physics.collisions import integrate

    events = integrate(scene.replace(violations=()), scene.duration_s).events
    return next(e.time_s for e in events if e.kind == "impact" and e.bodies == ("ball", "second"))


def _other_masses(scene: Scene) -> Mapping[str, Scene]:
    hit_s = _second_hit_s(scene)
    after_s = hit_s + _AFTER_S
    broken = {
        "second gets more": Violation("energy_gain", after_s, "second", amount=2.0),
        "second gets less": Violation("freeze", after_s, "second"),
        "ball keeps less": Violation("freeze", after_s, "ball"),
        "passes through": Violation("pass_through", hit_s - 0.5 * _BEFORE_S, "ball", other="second"),
    }
    return {name: scene.violated(violation) for name, violation in broken.items()}
