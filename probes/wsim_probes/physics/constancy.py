"""Does a ball in plain sight stay as large, as round and of the colour that it is?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from wsim.certify.doses import Dose
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
from wsim.perception.outline import Outline, outlines
from wsim.perception.trajectory_fit import tolerance
from wsim.video import Video
from wsim.worlds.derived.histories import pictures
from wsim.worlds.families import make
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim.worlds.violations.severity import broken
from wsim_probes.attendance import SEEN, attendance
from wsim_probes.physics.in_plane import look
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

_PREFIX_S, _AFTER_S = 0.25, 0.05
_MOST = 0.8  # of the frames a change must be seen in at least a fifth
_GOES_ON = 0.25  # share of the frames in which it must be where it was in none of those given
_SEEN = 0.5
_WRONG = 0.5
_COARSE = "too coarse to tell"


@dataclass(frozen=True)
class _Change:
    """How much of the ball changes in a fifth of the frames or more, against the given ones.

    Attributes:
        size: absolute logarithm of the factor on its diameter. shape: of that on its elongation.
        colour: LAB units, lightness counted half.
    """

    size: float
    shape: float
    colour: float

    @property
    def marks(self) -> dict[str, float]:
        """Soft marks in 0..1, by what would be changing."""
        return {
            "changes size": tolerance(self.size, (0.0, 0.06), 0.15),
            "changes shape": tolerance(self.shape, (0.0, 0.1), 0.25),
            "changes colour": tolerance(self.colour, (0.0, 10.0), 25.0),
        }

    @property
    def score(self) -> float:
        """Product of the marks."""
        return float(np.prod(list(self.marks.values())))

    def beyond(self, floor: "_Change") -> "_Change":
        """What is left of it if so much of each is not the ball's own."""
        return _Change(
            size=max(self.size - floor.size, 0.0),
            shape=max(self.shape - floor.shape, 0.0),
            colour=max(self.colour - floor.colour, 0.0),
        )


class Constancy:
    """A ball falls and bounces in plain sight, always as far away; only its place may change.

    The given frames show its size, its roundness and its colour; each later frame is compared with them.
    It is followed as what differs from the known background, whatever colour it takes. How it moves is not
    asked, only that it goes to where it was not yet: a picture that stands still, or shows given frames
    again, says nothing about a thing in motion. It must be there in every frame, and once: one that
    flickers, or leaves a copy of itself behind, is wrong (`wsim_probes.attendance`).

    The given frames also show what was done to the whole clip: codecs let colours bleed, and now more, now
    less. A change which what was done to the ball in the given frames could explain says nothing.
    """

    name = "physics/constancy"
    version = 3
    question = "Does a ball in plain sight keep its size, its shape and its colour?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "video": frozenset({"context"}),
        "image": frozenset({"first_frame", "text"}),
    }
    metrics = (
        MetricSpec("constant", "score", "higher", 0.0, 1.0, "product of soft tolerances on what must stay"),
        MetricSpec("size", "log ratio", "lower", 0.0, 10.0, "change of its diameter"),
        MetricSpec("shape", "log ratio", "lower", 0.0, 10.0, "change of its elongation"),
        MetricSpec("colour", "LAB", "lower", 0.0, 300.0, "change of its colour"),
        SEEN,
    )
    min_duration_s = 1.0
    doses = (Dose("resize", "factor", 1.0), Dose("recolour", "share", 1.0))

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One ball for every world index."""
        for index in world_indices(limit):
            scene = make("fall", world_seed(self.name, seed, index))
            take = Take(scene, clip)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="ball",
                family="fall",
                take=take,
                context=given(take, track, _PREFIX_S),
                alternatives={name: Take(twin, clip) for name, twin in _violated(scene).items()},
                parameters={"colour": scene.body("ball").colour_name},
                words="text" in self.needs[track],
            )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """Larger by less, or another shade."""
        take, at_s = take_of(scenario), _PREFIX_S + _AFTER_S
        if dose == "resize":
            return Take(broken(take.scene, "resize", severity, at_s, "ball"), take.clip).video
        return Take(broken(take.scene, "recolour", severity, at_s, "ball"), take.clip).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Compare the ball of the later frames with the ball of those given."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        scenery = look(take, frames, ["ball"])
        if scenery.trouble is not None:
            return scenery.trouble
        background = pictures(take.scene.without_body("ball"), take.clip, [0])[0]
        found, known = outlines(frames, background), known_frames(scenario)
        before = [one for one in found[:known] if one is not None and not one.at_border]
        after = [one for one in found[known:] if one is not None and not one.at_border]
        if not before:
            return Unmeasurable("the given frames are not in the clip")
        inside = sum(one is None or not one.at_border for one in found[known:])
        attended = attendance(take, "ball", found, scenery.found, range(known, len(frames)))
        if not after or len(after) < _SEEN * inside:
            return attended.upon(_vanished(before, known))
        if attended.fault != "doubled" and _goes_on(before, after) < _GOES_ON:
            return Unmeasurable("nothing goes on")
        change = _change(before, after)
        own = change.beyond(_spoiled(take, before, background))
        if not attended.fault and change.score < _WRONG <= own.score:
            return Unmeasurable(_COARSE)
        return attended.upon(_reading(change, after))


def _violated(scene: Scene) -> dict[str, Scene]:
    at_s = _PREFIX_S + _AFTER_S
    return {
        "resize": broken(scene, "resize", 1.0, at_s, "ball"),
        "recolour": broken(scene, "recolour", 1.0, at_s, "ball"),
        "box": scene.violated(Violation("reshape", at_s, "ball", other="box")),
        "ellipsoid": scene.violated(Violation("reshape", at_s, "ball", other="ellipsoid")),
        "vanish": scene.violated(Violation("vanish", at_s, "ball")),
    }


def _goes_on(before: Sequence[Outline], after: Sequence[Outline]) -> float:
    """Share of the frames in which it is a radius or more from wherever it was before."""
    places = np.array([(one.x, one.y) for one in before])
    radius_px = float(np.sqrt(np.median([one.area_px for one in before]) / np.pi))
    away = [np.hypot(*(places - (one.x, one.y)).T).min() > radius_px for one in after]
    return float(np.mean(away))


def _change(before: Sequence[Outline], after: Sequence[Outline]) -> _Change:
    area = float(np.median([one.area_px for one in before]))
    elongation = float(np.median([one.elongation for one in before]))
    colour = np.median([one.colour_lab for one in before], axis=0)
    sizes = [abs(0.5 * np.log(one.area_px / area)) for one in after]
    shapes = [abs(np.log(one.elongation / elongation)) for one in after]
    colours = [np.linalg.norm(np.array(one.colour_lab) - colour) for one in after]
    size, shape, shade = (float(np.quantile(values, _MOST)) for values in (sizes, shapes, colours))
    return _Change(size, shape, shade)


def _spoiled(
    take: Take, before: Sequence[Outline], background: UInt8[np.ndarray, "height width 3"]
) -> _Change:
    """How much the ball differs, in the given frames, from how it was given: none of it is its own doing."""
    given_frames = take.video.frames[[one.frame for one in before]]
    true = [one for one in outlines(given_frames, background) if one is not None]
    return _change(true, before)


def _reading(change: _Change, after: Sequence[Outline]) -> Reading:
    marks, score = change.marks, change.score
    worst = min(marks, key=lambda name: marks[name])
    verdict = worst if score < _WRONG else "constant"
    return Reading(
        metrics={
            "constant": score,
            "size": min(change.size, 10.0),
            "shape": min(change.shape, 10.0),
            "colour": min(change.colour, 300.0),
        },
        verdict=verdict,
        lawful=verdict == "constant",
        events=() if verdict == "constant" else (Event(after[0].frame, verdict, ("ball",), 1.0 - score),),
        overlays=(_trail(after),),
        notes=f"Its diameter changes by a factor of {np.exp(change.size):.2f}, its elongation by one of "
        f"{np.exp(change.shape):.2f}, its colour by {change.colour:.0f} LAB units.",
    )


def _vanished(before: Sequence[Outline], known: int) -> Reading:
    return Reading(
        metrics={"constant": 0.0, "size": 10.0, "shape": 10.0, "colour": 300.0},
        verdict="vanished",
        lawful=False,
        events=(Event(known, "vanished", ("ball",)),),
        overlays=(_trail(before),),
        notes="The ball is not found whole in most of the later frames.",
    )


def _trail(found: Sequence[Outline]) -> Trail:
    return Trail(tuple(one.frame for one in found), tuple((one.x, one.y) for one in found), "ball")
