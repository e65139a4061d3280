"""Does a clip begin with the frame that it was given, and stay in that scene while something moves?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import binary_dilation

from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Trail,
    Unmeasurable,
)
from wsim.perception.background import stillness
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.objects import Blob, find_objects, follow
from wsim.perception.soft import soften
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, Violation, ViolationKind
from wsim.worlds.take import Take
from wsim_probes.posing import answer_frames, pose, take_of, world_indices, world_seed

EARLY_S = 0.5  # how long the scene must be the given one
FAMILIES = ("fall", "ball_behind_screen")  # in turn; both hold one thing that moves, and a still camera
_LEAST_EXPLAINED = 0.3  # of the last frame: a picture that fades shows no scene by then
MOVES = 0.05  # of the width: what moves less does not move
MOST_SWELLING = 2.0
TINTS = (0.25, 0.5, 1.0)
TINT = (0.45, 0.75, 0.95)
NO_SCENE = 0.1  # adherence below which it is another picture


@dataclass(frozen=True)
class _Kept:
    """Adherence, 1 as given, 0 no nearer than a picture of one colour.

    Attributes:
        first: of the whole first frame.
        scene: of the parts that must not change, mean over the early frames.
        thing: of the thing that moves, in the first frame.
        per_frame: as `scene`, frame by frame.
    """

    first: float
    scene: float
    thing: float
    per_frame: tuple[float, ...]

    @property
    def adherence(self) -> float:
        return min(self.first, self.scene, self.thing)


class FirstFrame:
    """Adherence to a first frame, in colour distance, of the clip that should begin with it.

    For the whole first frame, the thing that moves in it, and the still parts of the first half second:
    1 - d(shown, given) / d(one colour, given), d being the mean Huber distance in LAB; the least of the
    three is the score. A small change of exposure is forgiven. A clip in which the thing does not move (a
    frozen frame, a fade), or in which the picture moves as a whole (a pan, a zoom), has not been put to
    the test and is unmeasurable.
    """

    name = "conditioning/first_frame"
    version = 4
    question = "Does the clip begin with the given frame and stay in that scene while something moves?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "image": frozenset({"first_frame"}),
        "video": frozenset({"context"}),
    }
    metrics = (
        MetricSpec("adherence", "share", "higher", 0.0, 1.0, "of the given picture that is kept; least part"),
        MetricSpec("first", "share", "higher", 0.0, 1.0, "of the first frame"),
        MetricSpec("scene", "share", "higher", 0.0, 1.0, "of the still parts over the first half second"),
        MetricSpec("thing", "share", "higher", 0.0, 1.0, "of the thing that moves, in the first frame"),
    )
    min_duration_s = 0.5
    about: frozenset[ViolationKind] = frozenset({"wobble", "texture_boil"})  # not the given scene any more

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One scene for every world index, of one family after the other."""
        for index in world_indices(limit):
            take = Take(_scene(seed, index), clip)
            elsewhere = Take(_scene(seed, index + len(FAMILIES)), clip)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="scene",
                family=take.scene.family,
                take=take,
                context=take.first_frame(),
                alternatives={**_violated(take.scene, clip), "other": elsewhere},
                parameters={"family": take.scene.family},
                words="text" in self.needs[track],
            )

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Compare with the given frame, once something is seen to move in a picture that stands still."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        early = take.clip.frames_until(EARLY_S)
        kept = _adherence(take, frames, early)
        if kept.scene < NO_SCENE:
            return _reading(kept, (), "another scene")
        if unclear := _unclear(take, frames, early):
            return Unmeasurable(unclear)
        track = _mover(frames)
        if _travel(track) < MOVES * frames.shape[2]:
            return Unmeasurable("nothing moves")
        return _reading(kept, tuple(track), "kept" if kept.adherence >= 0.5 else "drifts")


def _scene(seed: int, index: int) -> Scene:
    return make(FAMILIES[index % len(FAMILIES)], world_seed(FirstFrame.name, seed, index))


def _violated(scene: Scene, clip: ClipFormat) -> dict[str, Take]:
    """A wall that takes on another colour, by degrees; a ball of another colour from the start."""
    wall = scene.body("wall").material.colour
    broken: dict[str, Violation] = {}
    for dose in TINTS:
        r, g, b = (float(w + dose * (t - w)) for w, t in zip(wall, TINT, strict=True))
        broken[f"tinted={dose:g}"] = Violation("recolour", 0.0, "wall", vector=(r, g, b))
    others = [name for name in PALETTE if name != scene.body("ball").colour_name]
    broken["recoloured"] = Violation("recolour", 0.0, "ball", vector=PALETTE[others[scene.seed % 5]])
    return {name: Take(scene.violated(violation), clip) for name, violation in broken.items()}


def _still_parts(take: Take, early: int) -> Bool[np.ndarray, "height width"]:
    """What does not change in the true clip, a little away from what does."""
    truth = take.video.frames[:early].astype(np.int16)
    changes = np.abs(truth - truth[0]).max(axis=(0, 3)) > 6
    changes |= take.film.render.ids[0] == _ball(take.scene)
    return ~binary_dilation(changes, iterations=max(2, take.clip.height // 16))


def _ball(scene: Scene) -> int:
    return [body.name for body in scene.bodies].index("ball")


def _adherence(take: Take, frames: UInt8[np.ndarray, "time height width 3"], early: int) -> _Kept:
    given = _soft(take.video.frames[:1])
    still = _still_parts(take, early)
    shown = [match_exposure(picture, given[0], still) for picture in _soft(frames[:early])]
    thing = take.film.render.ids[0] == _ball(take.scene)
    everywhere = np.ones_like(still)
    per_frame = tuple(_share(picture, given[0], still) for picture in shown[1:])
    return _Kept(
        first=_share(shown[0], given[0], everywhere),
        scene=float(np.mean(per_frame)),
        thing=_share(shown[0], given[0], thing),
        per_frame=per_frame,
    )


def _soft(frames: UInt8[np.ndarray, "time height width 3"]) -> Float32[np.ndarray, "time height width 3"]:
    sigma = 0.02 * frames.shape[1]  # noise is not a matter of adherence
    return soften(lab(frames), sigma)


def _share(
    shown: Float32[np.ndarray, "height width 3"],
    given: Float32[np.ndarray, "height width 3"],
    where: Bool[np.ndarray, "height width"],
) -> float:
    """1 - d(shown, given) / d(one colour, given) on some pixels, at least 0; the one colour is the mean."""
    if not where.any():
        return 1.0
    flat = np.broadcast_to(given.mean(axis=(0, 1)), given.shape)
    plain = float(difference(flat[where].astype(np.float32), given[where]).mean())
    return max(0.0, 1.0 - float(difference(shown[where], given[where]).mean()) / max(plain, 1e-6))


def _unclear(take: Take, frames: UInt8[np.ndarray, "time height width 3"], early: int) -> str:
    """Why a clip is not one of a camera that stands still before a scene that stays; empty when it is."""
    still = _still_parts(take, take.clip.num_frames)
    looks = [
        stillness(frames[i], take.video.frames[0], still)
        for i in (early // 2, early - 1, take.clip.num_frames - 1)
    ]
    if not all(look.in_place for look in looks):
        return "camera moved"
    return "scene lost" if looks[-1].explained < _LEAST_EXPLAINED else ""


def _mover(frames: UInt8[np.ndarray, "time height width 3"]) -> list[Blob]:
    """The coloured thing of the first frame that gets furthest; it need not have the colour it should have.

    A blob that swells is no thing that moves: it is the picture taking on a colour.
    """
    found = find_objects(frames, PALETTE)
    tracks = []
    for colour in PALETTE:
        blobs = [blob for blob in follow(found, colour) if blob is not None]
        if blobs and blobs[0].frame == 0:
            tracks.append([blob for blob in blobs if blob.area_px <= MOST_SWELLING * blobs[0].area_px])
    return max(tracks, key=_travel, default=[])


def _travel(track: list[Blob]) -> float:
    """The longest distance from where the thing was first seen, pixels."""
    if not track:
        return 0.0
    return max(float(np.hypot(blob.x - track[0].x, blob.y - track[0].y)) for blob in track)


def _reading(kept: _Kept, track: tuple[Blob, ...], verdict: str) -> Reading:
    lawful = verdict == "kept"
    worst = int(np.argmin(kept.per_frame)) + 1
    trail = Trail(tuple(b.frame for b in track), tuple((b.x, b.y) for b in track), "moves")
    return Reading(
        metrics={
            "adherence": kept.adherence,
            "first": kept.first,
            "scene": kept.scene,
            "thing": kept.thing,
        },
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(worst, verdict, (), 1.0 - kept.adherence),),
        overlays=(trail,) if track else (),
        notes=(
            f"Kept of the given picture: {kept.first:.0%} in the first frame, {kept.scene:.0%} of its still "
            f"parts over {EARLY_S:g} s, {kept.thing:.0%} of the thing that moves."
        ),
    )
