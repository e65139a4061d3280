"""All histories of a question, rendered for the frames that are read.

Each is there on time, and early and late by whole frames. Of a twin that has an amount the weaker ones are
there too: what is broken by a quarter lies nearer to the lawful history than to the whole violation, and
must not pass for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.contracts import ClipFormat
from wsim.perception.alternatives import Alternatives, Answer, Variant
from wsim.perception.background import stillness
from wsim.perception.cadence import repeats
from wsim.perception.colour import share_unlike
from wsim.perception.noise_floor import noise_floor
from wsim.perception.soft import soften
from wsim.perception.tint import untinted
from wsim.worlds.derived.drawn import Drawn
from wsim.worlds.derived.histories import late, pictures
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take
from wsim.worlds.violations.severity import broken

Weaken: TypeAlias = Callable[[Take, Take, float], Scene]  # lawful, twin, severity in 0..1

LAWFUL = "lawful"
FROZEN = "frozen"
LOST = "scene lost"
UNCLEAR = "too coarse to tell"
WEAKER = (0.25, 0.5, 0.75)
_LEAST_DIFFERENT = 8 / 64**2  # of the picture: a twin that differs by less in every frame is no alternative
_DIFFERENT_LAB = 4.0
CLEAR = 0.2  # contrast with all other histories of a clip that is near to the lawful one
_NEAR_LAB = 3.0
_STILL = 0.5  # contrast of a still with the lawful end of a coarse clip: with less it is neither
_FLOORS = 1.5  # a clip may be so many times as far from a history as it is from what it was given
_COARSE_LAB, _COARSEST_LAB = 1.0, 6.0  # floors beyond which a clip may be too coarse, or is no answer
_SOFT = 1 / 64  # of the height
_LEAST_UNCHANGING = 0.25  # of the picture
_ANOTHER_VIEW = 0.5  # of the picture: a still that differs by more is told by the scene, not by what is in it


@dataclass(frozen=True)
class Bank:
    """The histories of a question.

    Attributes:
        alternatives: all of them.
        plain: the lawful one on time, `uint8[time height width 3]`.
        replay: its last frame against the given frames, where it stands still in the end; one frame each.
        window: the frames that are read.
        given: frames, `uint8[known height width 3]`.
        latest_s: how early or late it may be.
    """

    alternatives: Alternatives
    plain: UInt8[np.ndarray, "time height width 3"]
    replay: Alternatives | None
    window: tuple[int, ...]
    given: UInt8[np.ndarray, "known height width 3"]
    latest_s: float

    def read(self, clip: UInt8[np.ndarray, "length height width 3"]) -> tuple[str, Answer]:
        """What a clip is read as, and the nearest history; `LOST` where the scene is another one.

        Given frames in any order are no lawful history, though none of them lies near to their mean. A clip
        that is spoiled so much that it is about as near to what is right as to what is wrong says neither:
        `UNCLEAR`. A tint that its given frames show too is undone first.
        """
        clip = untinted(clip, self.given)
        frames = clip[list(self.window)]
        answer = self.alternatives.read(frames, ~self._repeats(clip))
        floor_lab = self._floor_lab(clip)
        within = answer.distances[answer.nearest] <= reach_lab(floor_lab)
        coarse = floor_lab > _COARSE_LAB and answer.contrast < CLEAR
        if within and (coarse or _may_be_lawful(answer, floor_lab)):
            return UNCLEAR, answer
        if answer.name != LAWFUL and not (within and self._clearly_lawful(answer)):
            return answer.name, answer
        unchanging = np.asarray(~self.alternatives.mask.any(axis=0))
        ends = ((frames[i], self.plain[i]) for i in (0, -1))
        if not all(_same_scene(frame, plain, unchanging) for frame, plain in ends):
            return LOST, answer
        return self._replayed(frames, floor_lab), answer

    def _replayed(self, frames: UInt8[np.ndarray, "window height width 3"], floor_lab: float) -> str:
        """Whether given frames are shown once more where nothing moves; codecs keep traces of them."""
        told = [self.replay.read(frame[None]) for frame in frames] if self.replay else []
        stills = [one.contrast for one in told if one.nearest == FROZEN]
        if 2 * len(stills) <= len(frames):
            return LAWFUL
        return UNCLEAR if floor_lab > _COARSE_LAB and np.median(stills) < _STILL else FROZEN

    def _clearly_lawful(self, answer: Answer) -> bool:
        """Histories that differ by little must not make a codec a violation: small in itself is near too."""
        on_time = abs(answer.nuisance) <= self.latest_s + 1e-9
        return answer.nearest == LAWFUL and on_time and answer.contrast >= CLEAR

    def _repeats(self, clip: UInt8[np.ndarray, "length height width 3"]) -> Bool[np.ndarray, " time"]:
        """Frames that are shown twice; where nothing should move, what a codec leaves alone is no repeat."""
        moves = len(self.plain) > 1 and _differs(self.plain[1:], self.plain[:-1])
        return repeats(clip)[list(self.window)] & moves

    def _floor_lab(self, clip: UInt8[np.ndarray, "length height width 3"]) -> float:
        share = float(self.alternatives.mask.mean())
        return noise_floor(clip[: len(self.given)], self.given, share, self.alternatives.blur_px)


def reach_lab(floor_lab: float) -> float:
    """How far from a history a clip may be and still show it, if it is so far from what it was given."""
    return _NEAR_LAB + _FLOORS * min(floor_lab, _COARSEST_LAB)


def _may_be_lawful(answer: Answer, floor_lab: float) -> bool:
    """Whether what looks a little broken is about as near to the law as the clip is to what it was given."""
    little = answer.distances[LAWFUL] <= _FLOORS * floor_lab
    return little and answer.nearest != LAWFUL and floor_lab <= _COARSEST_LAB


def weaker(lawful: Take, twin: Take, severity: float) -> Scene:
    """The twin with a share of its violation: 0 is the law, 1 the twin itself, which has one to be graded."""
    (one,) = twin.scene.violations
    moved = one.vector if any(one.vector) else None
    return broken(
        lawful.scene, one.kind, severity, one.time_s, one.body, one.other, vector=moved, amount=one.amount
    )


@lru_cache(maxsize=12)
def bank(
    take: Take,
    others: tuple[tuple[str, Take], ...],
    window: tuple[int, ...],
    known: int,
    latest_s: float,
    graded: tuple[str, ...] = (),
    weaken: Weaken = weaker,
) -> Bank:
    """Render them all.

    Args:
        take: the lawful history.
        others: what must not happen; those that cannot be seen in the window are left out.
        window: the frames that are read.
        known: how many frames were given; each of them, held, is one more history.
        latest_s: how early or late a history may be and still be itself.
        graded: names of those that have weaker ones.
        weaken: makes them.
    """
    drawn = Drawn(take.clip.height, take.clip.width)
    if take.scene.blocks is None:
        drawn.add(take.film)
    lawful = _family(take, window, latest_s, drawn)
    plain = _on_time(lawful)
    families: dict[str, Sequence[Variant]] = {LAWFUL: lawful}
    for name, other in others:
        variants = _family(other, window, latest_s, drawn)
        if not _differs(_on_time(variants), plain):
            continue
        if name in graded:
            less = [_less(weaken(take, other, share), take.clip, window, share, drawn) for share in WEAKER]
            variants += [one for one in less if _differs(one.frames, plain)]
        families[name] = variants
    held = [
        v for v in _held(take, window, known) if _LEAST_DIFFERENT < _apart(v.frames, plain) < _ANOTHER_VIEW
    ]
    replay = None
    if held and not _differs(plain, np.repeat(plain[-1:], len(plain), axis=0)):
        stills = [Variant(0.0, variant.frames[:1]) for variant in held]
        replay = Alternatives({LAWFUL: [Variant(0.0, plain[-1:])], FROZEN: stills}, LAWFUL)
        held = held[:1]  # the others are told frame by frame, and would make everything part of the question
    if held:
        families[FROZEN] = [replace(held[0], nuisance=0.0), *held[1:]] if len(families) == 1 else held
    given = take.video.frames[:known]
    return Bank(Alternatives(families, LAWFUL), plain, replay, window, given, latest_s)


def _same_scene(
    frame: UInt8[np.ndarray, "height width 3"],
    plain: UInt8[np.ndarray, "height width 3"],
    unchanging: Bool[np.ndarray, "height width"],
) -> bool:
    """A plain wall is told by little else than its grain, which blur and codecs take away: soft will do.

    Where the histories differ nearly everywhere, they tell the scene themselves; a strip of sky does not.
    """
    if unchanging.mean() < _LEAST_UNCHANGING:
        return True
    sigma = _SOFT * len(frame)
    soft = soften(plain, sigma).round().astype(np.uint8)
    return any(stillness(frame, one, unchanging).same_scene() for one in (plain, soft))


def _less(scene: Scene, clip: ClipFormat, window: tuple[int, ...], severity: float, drawn: Drawn) -> Variant:
    return Variant(1.0 - severity, pictures(scene, clip, window, drawn), label=f"{severity:.0%} of it")


def _held(take: Take, window: tuple[int, ...], known: int) -> list[Variant]:
    """Each of the given frames, the last one first, as a still: whoever acts is there, or not yet.

    None of them is plain: how much a clip may depart from the lawful history is not for how far the actor
    has gone to say.
    """
    return [
        Variant((window[0] - k) / take.clip.fps, np.repeat(take.video.frames[k][None], len(window), axis=0))
        for k in reversed(range(known))
    ]


def _family(take: Take, window: tuple[int, ...], latest_s: float, drawn: Drawn) -> list[Variant]:
    """The history on time, and ever more early and late; where nothing moves they are all one."""
    beyond_s = latest_s + 1 / take.clip.fps  # the last of them stand for "even later", which is no answer
    shown = sorted(
        late(take.scene, take.clip, window, beyond_s, beyond_s, drawn), key=lambda one: abs(one[0])
    )
    plain = shown[0][1]
    moving = [(late_s, frames) for late_s, frames in shown if late_s == 0.0 or _differs(frames, plain)]
    furthest = max(abs(late_s) for late_s, _ in shown)
    return [Variant(late_s, frames, late_s != 0.0 and abs(late_s) == furthest) for late_s, frames in moving]


def _on_time(variants: Sequence[Variant]) -> UInt8[np.ndarray, "time height width 3"]:
    return next(variant.frames for variant in variants if variant.nuisance == 0.0)


def _differs(
    one: UInt8[np.ndarray, "time height width 3"], other: UInt8[np.ndarray, "time height width 3"]
) -> bool:
    return _apart(one, other) > _LEAST_DIFFERENT


def _apart(
    one: UInt8[np.ndarray, "time height width 3"], other: UInt8[np.ndarray, "time height width 3"]
) -> float:
    """Share of the picture that differs, in the frame in which most does."""
    return float(share_unlike(one, other, _DIFFERENT_LAB).max())
