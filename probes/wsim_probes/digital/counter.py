"""Does the number that the picture shows count what is placed?

Axis letters: `height` and `width` of the picture, `row` and `column` of its corner,
`line` and `dot` of its plate, `given` frames.
"""

from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from jaxtyping import Float64, UInt8
from scipy.ndimage import gaussian_filter

from wsim.contracts import (
    Box,
    Capability,
    ClipFormat,
    Event,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.tracks import one_thread
from wsim.video import Video
from wsim.worlds.blocks import hud
from wsim.worlds.blocks.keys import blocks_of
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim_probes.digital.yard import GIVEN_S, MIN_DURATION_S, Presses, acted, turns, yard
from wsim_probes.posing import answer_frames, known_frames, pose, pressed, take_of, world_indices, world_seed

_ASKED: tuple[tuple[Presses, Presses], ...] = (  # two of a world; every number of blocks equally often
    ((True, False, False), (True, True, True)),
    ((True, False, True), (False, False, False)),
    ((False, False, True), (False, True, True)),
    ((True, True, True), (False, False, False)),
)
_GUESS = -1.0 / 3.0  # for a wrong number: guessing how many of three are placed is worth nothing
_READ = 0.9  # share of the clip from which on it is read
_NUMBERS = range(0, 16)
_SOFT_DOTS = (0.0, 0.4, 0.7, 1.0, 1.4)  # how much softer than drawn the digits may be
_AROUND_DOTS = 8  # of what surrounds the plate softens into it
_ALIKE, _CLEARER = 0.75, 0.6  # correlation with the digits; what it lacks, as a share of what any other lacks
_SOFT_SEEN_DOTS, _SOFT_DRAWN_DOTS = 0.7, 1.2  # of changes; what codecs show of one is softer than it is drawn
_LEAST_SHOWN = 0.5  # of a change
_NEARER = 0.7  # square of the distance from a change, as a share of that from any other
_LATE_S = 0.05  # before the first key

_Grey = Float64[np.ndarray, "height width"]
_Corner = Float64[np.ndarray, "row column"]
_Corners = Float64[np.ndarray, "number row column"]
_Plates = Float64[np.ndarray, "number line dot"]


class Counter:
    """A player puts up to three blocks down; the number in the corner says how many are left in the hand.

    Given are two frames with the number at the start, and the keys: at three moments a block is placed or
    not, none to three of them equally often. At the end of the clip the digits are compared with those of
    all numbers, drawn into the picture at hand and then softened, or shrunk to half and enlarged, with what
    is around them (normalised correlation on the dots in which numbers differ). Digits that could be two are
    read by how they differ from those of the given frames, whose number is known: a coarse codec makes digits
    alike, but shows where they change. What is clear neither way is unmeasurable. The score is kappa: 1 for
    the right number, -1/3 for another, so that whoever counts by habit, or never, is at 0 on average; 0 where
    the player never turns. Version 1 softened the plate alone, without the bright ground beside it, and read
    22 of 60 soft clips and 10 of 60 halved ones; version 2 took digits for themselves alone, and read 17 of
    90 clips (development seeds 550 to 552) through a codec that shows most digits as an 8, where 62 are read
    now, all of them right. They asked the same.
    """

    name = "digital/counter"
    version = 3
    question = "Does the number in the picture count the blocks that are placed?"
    needs: Mapping[Track, frozenset[Capability]] = {"action": frozenset({"context", "actions"})}
    metrics = (
        MetricSpec("kappa", "share", "higher", _GUESS, 1.0, "the number is right, above chance"),
        MetricSpec("off_by", "blocks", "lower", 0.0, 15.0, "how far the number is from the right one"),
    )
    min_duration_s = MIN_DURATION_S

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """Two numbers of blocks in every world."""
        for index in world_indices(limit):
            world = yard(world_seed(self.name, seed, index))
            for turn, presses in enumerate(_ASKED[index % len(_ASKED)]):
                take = Take(acted(world, presses), clip)
                yield pose(
                    probe=self.name,
                    track=track,
                    place=(seed, index),
                    role=f"turn={turn}",
                    family="build",
                    take=take,
                    context=take.prefix(GIVEN_S),
                    alternatives={"counter_wrong": Take(_wrong(take.scene, 1.0), clip)},
                    parameters={"placed": float(sum(presses))},
                    words="text" in self.needs[track],
                    actions=pressed(take),
                )

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """The number at the end, if there is one."""
        frames, take = answer_frames(scenario, video), take_of(scenario)
        first = int(np.ceil(_READ * (len(frames) - 1)))
        if not turns(frames):
            return _nothing_moves(first)
        hand = blocks_of(take.scene).agent
        given = frames[: known_frames(scenario)]
        shown = shown_number(frames[first:], hand.holds, (given, hand.count))
        if shown is None:
            return Unmeasurable("the number cannot be read")
        due = hand.count - int(float(scenario.parameters["placed"]))
        right = shown == due
        verdict = "counts" if right else "another number"
        rows, columns = _plate(hand.holds, frames.shape[1], frames.shape[2])
        (x0, x1), (y0, y1) = ((float(edge.start), float(edge.stop)) for edge in (columns, rows))
        box = Box(first, x0, y0, x1, y1, str(shown))
        return Reading(
            metrics={"kappa": 1.0 if right else _GUESS, "off_by": float(abs(shown - due))},
            verdict=verdict,
            lawful=right,
            events=() if right else (Event(first, verdict, (), float(abs(shown - due))),),
            overlays=(box,),
            notes=f"The number at the end is {shown}; {hand.count} less what was placed is {due}.",
        )


def _nothing_moves(first: int) -> Reading:
    """Chance, neither more nor less: a picture that stands still keeps its number, right or wrong."""
    return Reading({"kappa": 0.0, "off_by": 15.0}, "nothing moves", False, (Event(first, "nothing moves"),))


def _wrong(scene: Scene, amount: float) -> Scene:
    return scene.violated(Violation("counter_wrong", GIVEN_S + _LATE_S, "in hand", amount))


def shown_number(
    frames: UInt8[np.ndarray, "time height width 3"],
    kind: str,
    known: tuple[UInt8[np.ndarray, "given height width 3"], int] | None = None,
) -> int | None:
    """The number that some frames show beside a block of a kind, or None where that is not clear.

    Args:
        frames: of one number.
        kind: of the block.
        known: other frames of the clip, and the number in them; digits that are not clear are told by
            how they differ from those.
    """
    grey = frames.mean(axis=(0, 3))
    drawn = np.stack([hud.drawn(kind, number, *grey.shape)[0].mean(axis=2) for number in _NUMBERS])
    plate = _plate(kind, *grey.shape)
    if grey[plate].shape != drawn.shape[1:] or not np.ptp(drawn, axis=0).any() or min(grey.shape) < 2:
        return None
    scores = _alike(kind, grey, drawn)
    *_, second, best = np.sort(scores)
    if best < _ALIKE:
        return None
    if 1.0 - best <= _CLEARER * (1.0 - second):
        return int(_NUMBERS[int(scores.argmax())])
    if known is None:
        return None
    given, number = known
    change = (grey - given.mean(axis=(0, 3)))[plate]
    return _changed(change, drawn - drawn[_NUMBERS.index(number)], hud.dot_px(*grey.shape))


def _alike(kind: str, grey: _Grey, drawn: _Plates) -> Float64[np.ndarray, " number"]:
    """Correlation of the digits of a picture with those of every number, at the best softness."""
    corner, plate = _corner(kind, grey)
    scores = np.zeros(len(drawn))
    for pictures in _softened(_written(corner, plate, drawn), hud.dot_px(*grey.shape)):
        digits = pictures[:, *plate]
        where = np.ptp(digits, axis=0) > 1.0
        alike = [_correlation(corner[plate][where], picture[where]) for picture in digits]
        scores = np.maximum(scores, alike)
    return scores


def _changed(change: Float64[np.ndarray, "line dot"], drawn: _Plates, dot_px: int) -> int | None:
    """The number that a plate has changed to, by the changes that are drawn for all; None where not clear."""
    soft = _SOFT_DRAWN_DOTS * dot_px
    due = gaussian_filter(drawn, (0.0, soft, soft), mode="constant")
    where = np.ptp(due, axis=0) > 1.0
    due, seen = due[:, where], gaussian_filter(change, _SOFT_SEEN_DOTS * dot_px, mode="constant")[where]
    share = np.clip(due @ seen / np.maximum((due**2).sum(axis=1), 1e-9), _LEAST_SHOWN, 1.0)
    off = ((share[:, None] * due - seen) ** 2).sum(axis=1)
    best, second, *_ = np.sort(off)
    return int(_NUMBERS[int(off.argmin())]) if best <= _NEARER * second else None


def _plate(kind: str, height: int, width: int) -> tuple[slice, slice]:
    return hud.drawn(kind, 0, height, width)[1]


def _corner(kind: str, grey: _Grey) -> tuple[_Corner, tuple[slice, slice]]:
    """The lower left of a picture, and where the plate is in it; it begins at an even row, as halves do."""
    rows, columns = _plate(kind, *grey.shape)
    around = _AROUND_DOTS * hud.dot_px(*grey.shape)
    top, right = max(0, (rows.start - around) // 2 * 2), (columns.stop + around) // 2 * 2
    return grey[top:, :right], (slice(rows.start - top, rows.stop - top), columns)


def _written(corner: _Corner, plate: tuple[slice, slice], drawn: _Plates) -> _Corners:
    """The corner with each of the numbers in it."""
    pictures = np.repeat(corner[None], len(drawn), axis=0)
    pictures[:, *plate] = drawn
    return pictures


def _softened(pictures: _Corners, dot_px: int) -> Iterator[_Corners]:
    """As they are, ever softer, and as they come back from half the size."""
    for soft in _SOFT_DOTS:
        sigma = soft * dot_px
        yield np.asarray(gaussian_filter(pictures, (0.0, sigma, sigma)) if soft else pictures)
    height, width = pictures.shape[1:]
    with one_thread():
        small = [cv2.resize(p, (width // 2, height // 2), interpolation=cv2.INTER_AREA) for p in pictures]
        yield np.stack([cv2.resize(p, (width, height), interpolation=cv2.INTER_CUBIC) for p in small])


def _correlation(one: Float64[np.ndarray, " dot"], other: Float64[np.ndarray, " dot"]) -> float:
    here, there = one - one.mean(), other - other.mean()
    return float((here @ there) / max(float(np.linalg.norm(here) * np.linalg.norm(there)), 1e-9))
