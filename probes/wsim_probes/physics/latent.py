"""Is a ball as heavy and as bouncy at its second hit as at its first?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wsim.contracts import Scenario
from wsim.perception.alternatives import Answer
from wsim.perception.background import stillness
from wsim.perception.noise_floor import noise_floor
from wsim.perception.soft import soften
from wsim.perception.tint import untinted
from wsim.video import Frames
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim_probes.history import HistoryProbe
from wsim_probes.history_bank import LAWFUL, LOST, UNCLEAR, Bank
from wsim_probes.physics.hit_amounts import amounts
from wsim_probes.posing import take_of

_BEFORE_S, _AFTER_S = 0.03, 1e-3  # of the second hit
_FLOORS = 1.5  # a clip may be so many times as far from what is right as it is from what it was given
_COARSEST_LAB = 9.0  # a clip further than that from either shows something else
_MORE, _LESS, _KEEPS = "second gets more", "second gets less", "ball keeps less"
# Of a violation, in a coarse clip: within these it shows the law, beyond those the violation.
_SECOND_LAWFUL, _SECOND_WRONG = (-0.24, 0.08), (-0.3, 0.14)  # what is slow lags behind
_BALL_LAWFUL, _BALL_WRONG = 0.14, 0.18
_SOFT = 1 / 64  # of the height


@dataclass(frozen=True)
class _Latent(HistoryProbe):
    """A clip about as near to the law as to what it was given is read once more, by how far things go.

    A quarter of a violation moves a ball by less than a pixel, and three balls, a fifth of the picture, are
    what codecs spoil most: through H.264 at crf 35 the given frames of lawful worlds (development seeds 501
    to 503, 64x64) are 3.8 to 6.3 LAB units off, half of them 5 or more. The end of such a clip does not tell
    the law from a quarter of a violation. All ways from the hit on, in lightness, do: of 20 worlds (seed 556,
    crf 35) the second ball lacks 0.11 of its speed at the median of the lawful clips (0.24 at the most, and
    0.04 too much: codecs leave behind what goes by a quarter of a pixel a frame), 0.35 (0.23 to 0.51) where
    it gets a quarter less, and has 0.17 too much (0.01 to 0.31) where it gets a quarter more; the ball lacks
    0.12 at the most, and 0.24 (0.18 to 0.33) of a quarter. What lies between says nothing.
    """

    def _said(self, scenario: Scenario, frames: Frames) -> tuple[str, Answer]:
        name, answer = super()._said(scenario, frames)
        if name in (LAWFUL, LOST):
            return name, answer
        histories = self._histories(scenario)
        asked, known = histories.alternatives, len(histories.given)
        clip = untinted(frames, histories.given)
        if name != UNCLEAR:
            floor_lab = noise_floor(clip[:known], histories.given, float(asked.mask.mean()), asked.blur_px)
            little = answer.departure <= min(_FLOORS * floor_lab, _COARSEST_LAB)
            if not little or floor_lab > _COARSEST_LAB:
                return name, answer
        return (self._by_far(scenario, clip) if _same_scene(histories, clip) else UNCLEAR), answer

    def _by_far(self, scenario: Scenario, clip: Frames) -> str:
        """Which history a coarse clip shows, by how far the balls go after the hit."""
        take = take_of(scenario)

        def with_some(name: str, *shares: float) -> dict[float, Scene]:
            twin = scenario.alternatives[name]
            assert isinstance(twin, Take)
            return {share: self.weaken(take, twin, share) for share in shares}

        law = {0.0: take.scene}
        slower = {-share: scene for share, scene in with_some(_LESS, 0.25, 0.5).items()}
        families = [slower | law | with_some(_MORE, 0.25, 0.5), law | with_some(_KEEPS, 0.25, 0.5)]
        after_s = _second_hit_s(take.scene) + self.latest_s + 1.0 / take.clip.fps
        second, ball = amounts(take, families, clip, take.clip.frames_until(after_s), self.latest_s)
        return _class(second, ball)


def _class(second: float, ball: float) -> str:
    """The history that shows so much of the violations of either ball."""
    if second < _SECOND_WRONG[0]:
        return _LESS
    if second > _SECOND_WRONG[1]:
        return _MORE
    if ball > _BALL_WRONG:
        return _KEEPS
    lawful = _SECOND_LAWFUL[0] <= second <= _SECOND_LAWFUL[1] and ball <= _BALL_LAWFUL
    return LAWFUL if lawful else UNCLEAR


def _same_scene(histories: Bank, clip: Frames) -> bool:
    """Whether what no history changes is as it was; a plain wall in a soft clip is told by soft renders."""
    unchanging = np.asarray(~histories.alternatives.mask.any(axis=0))
    for index in (0, -1):
        frame, plain = clip[histories.window[index]], histories.plain[index]
        soft = soften(plain, _SOFT * len(plain)).round().astype(np.uint8)
        if not any(stillness(frame, one, unchanging).same_scene() for one in (plain, soft)):
            return False
    return True


def latent() -> HistoryProbe:
    """A ball hits one of two equal balls, comes back and hits the other; read against renders.

    Nothing that is seen tells how heavy or bouncy the ball is but its first hit, which is given, and so is
    the way back. Mass and restitution are properties that last, and the two that are hit are alike: so the
    second hit must share the speed as the first did, by momentum and Newton's law of restitution (Principia,
    1687, scholium to the laws). The second ball must not go off faster or slower, nor the ball come back
    slower than that, nor pass through. They may be early or late by a tenth of a second. Version 4 asked the
    same, and left half of the clips unread that are as coarse as H.264 at crf 35 makes them.
    """
    return _Latent(
        name="physics/latent",
        version=5,
        question="Is a ball as heavy and as bouncy at its second hit as at its first?",
        family="two_hits",
        lawful="as at the first hit",
        window=(0.8, 1.0),
        prefix_s=_until_the_second_hit,
        latest_s=0.1,
        tracks=("video",),
        breaks=_other_masses,
        graded=(_MORE, _LESS, _KEEPS),
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
        _MORE: Violation("energy_gain", after_s, "second", amount=2.0),
        _LESS: Violation("freeze", after_s, "second"),
        _KEEPS: Violation("freeze", after_s, "ball"),
        "passes through": Violation("pass_through", hit_s - 0.5 * _BEFORE_S, "ball", other="second"),
    }
    return {name: scene.violated(violation) for name, violation in broken.items()}
