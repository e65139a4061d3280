"""Does a clip that ends as it began close without a seam, while something moves?"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Bool
from scipy.ndimage import binary_dilation
from scipy.special import ellipk

from wsim.certify.doses import Dose
from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.background import stillness
from wsim.perception.cadence import repeats
from wsim.perception.objects import find_objects, follow
from wsim.perception.trajectory_fit import tolerance
from wsim.video import Frames, Video
from wsim.worlds.families import make
from wsim.worlds.film import film
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Pendulum, Scene, Violation, ViolationKind
from wsim.worlds.take import Take
from wsim_probes.conditioning.pinned import Edited, ends_kept, pins
from wsim_probes.conditioning.steps import Round, Seam, rounds, seam
from wsim_probes.posing import answer_frames, pose, take_of, world_indices, world_seed

GIVEN_S = 0.2
SMOOTH, LEAST_KEPT, LEAST_MOTION = 0.5, 0.5, 0.3
COARSE = "too coarse to tell"
JUMPS, TURNS, GONE, ENDS, LOOPS = "jumps", "turns", "thing gone", "given frames not kept", "loops"
_BODIES = ("bob", "rod")
_BEGINS = 0.18  # periods after it was let go: what is given is about its lowest point, where it is fastest
_STEP_RATIO, _STEP_MARGIN = (0.0, 1.6), 1.6  # what passes; by a margin more, and a tenth is left
_STRAIGHT, _OWN_MARGIN, _TURN_MARGIN = 0.5, 0.22, 0.2  # a quarter of the full dose turns by 0.6
_FLASH_LAB, _FLASH_MARGIN = 0.6, 0.4  # passes, of what rests; by a margin more, and a tenth is left
_COARSE = 0.15  # of a step: where the bob is so far from where it was given, turns cannot be told
_FURTHEST, _LEAST_EXPLAINED = 0.05, 0.1  # of the wall: moved, as a share of the width; there at all
_CHANGES = 6  # grey levels: the shadow of the bob changes the wall
_EDITS = ("holds", "cuts", "cross-fades", "rushes")


class LoopSeam:
    """The seams of a loop against the other steps of the same clip, in colour and in motion.

    The given frames stand at the beginning and, the same ones, at the end: what is made must lead from them
    to them. A pendulum swings, and a whole period is to be made of it; any way of closing the loop passes.
    At both seams (given to made, made to given) two ratios are taken. In LAB: the mean Huber distance of
    the step across, over the largest step between given frames or the 90 % quantile of the other steps,
    whichever is less. In motion: the change of the velocity of the bob on either side of it, over its speed
    in the given frames; who plays given frames to and fro turns there. Where nothing moves a jump is small
    beside the bob, and is seen for all that: flash is the median change there across a seam, in LAB, beyond
    the 90 % quantile of the other steps: 0.36 at most under all nuisances, 1.0 at least where another world
    of the same colours is cut in (ten and eighteen worlds, development seeds 500 to 525). smooth is the
    product of tolerances (dm_control's) on the larger of each. A clip in which the bob moves less than a
    third as fast as in the given frames says nothing about seams.
    """

    name = "conditioning/loop_seam"
    version = 4
    question = "Does a clip that ends as it began close without a seam, while something moves?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context", "keyframes"})}
    metrics = (
        MetricSpec("smooth", "score", "higher", 0.0, 1.0, "no step, flash or turn at the seams of the loop"),
        MetricSpec("step", "ratio", "lower", 0.0, 20.0, "colour step across a seam, over that of others"),
        MetricSpec("flash", "LAB", "lower", 0.0, 100.0, "change across a seam where nothing moves"),
        MetricSpec("turn", "ratio", "lower", 0.0, 20.0, "change of velocity at a seam, over the speed"),
        MetricSpec("ends", "share", "higher", 0.0, 1.0, "of the given frames that is kept; the worst one"),
        MetricSpec("motion", "ratio", "higher", 0.0, 20.0, "speed of the bob where made, over where given"),
    )
    min_duration_s = 1.5
    about: frozenset[ViolationKind] = frozenset({"gravity_scale", "freeze"})
    moved_by: Mapping[str, str] = dict.fromkeys(
        ("shadow_missing", "shadow_detached"), "they last into the frames given at the end, shadow and all"
    )
    doses = (Dose("shifted", "periods", 0.08),)

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One pendulum for every world index."""
        for index in world_indices(limit):
            take = Take(looping(world_seed(self.name, seed, index), clip), clip)
            indices = _indices(clip)
            twins = {name: Take(scene, clip) for name, scene in _twins(take.scene).items()}
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="loop",
                family="pendulum",
                take=take,
                context=pins(take, indices),
                alternatives={**twins, **{name: Edited(take, indices, name) for name in _EDITS}},
                parameters={"colour": take.scene.body("bob").colour_name},
                words="text" in self.needs[track],
            )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """The bob comes round too late by a share of a twelfth of the period: it slips while it is made."""
        take = take_of(scenario)
        clip = take.clip
        known, period = clip.frames_until(GIVEN_S), _period_frames(clip)
        slip_s = severity * self.doses[0].full * period / clip.fps
        free = np.arange(known, period)
        times = clip.times_s()
        times[free] -= slip_s * (free - known + 1) / len(free)
        return Video(film(take.scene, times, clip.height, clip.width).rgb, clip.fps)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Look at both seams, if there is motion to be seen between them."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        known, period = take.clip.frames_until(GIVEN_S), _period_frames(take.clip)
        lawful = take.video.frames.astype(np.int16)
        unchanging = ~binary_dilation(np.abs(lawful - lawful[0]).max(axis=(0, 3)) > _CHANGES)
        if reason := _elsewhere(take, frames, unchanging):
            return Unmeasurable(reason)
        way = rounds(frames, take.scene.body("bob").colour_name, known, period, unchanging)
        both = [seam(way, known - 0.5), seam(way, period - 0.5)]
        ends = ends_kept(take, _indices(take.clip), frames, "bob")
        said = _reading(way, [one for one in both if one], len(both), ends, period)
        if said.verdict == TURNS and _strays_px(take, frames, known) > _COARSE * way.speed_px:
            return Unmeasurable(COARSE)
        if said.lawful and said.metrics["motion"] < LEAST_MOTION:
            return Unmeasurable("nothing moves")
        return said


def _elsewhere(take: Take, frames: Frames, unchanging: Bool[np.ndarray, "height width"]) -> str:
    """Why the wall is not the given one in most of three frames that are made; nothing where it is."""
    looks = np.linspace(take.clip.frames_until(GIVEN_S), _period_frames(take.clip), 5)[1:-1].astype(int)
    seen = [stillness(frames[i], take.video.frames[0], unchanging) for i in looks]
    if np.median([one.moved for one in seen]) > _FURTHEST:
        return "camera moved"
    return "scene lost" if np.median([one.explained for one in seen]) < _LEAST_EXPLAINED else ""


def _strays_px(take: Take, frames: Frames, known: int) -> float:
    """How far from where it was given a codec or a blur shows the bob, in the worst given frame."""
    colour = take.scene.body("bob").colour_name
    shown, true = (
        follow(find_objects(clip[:known], PALETTE), colour) for clip in (frames, take.video.frames)
    )
    new = ~repeats(frames)[:known]
    return max(
        (math.hypot(a.x - b.x, a.y - b.y) for a, b, k in zip(shown, true, new, strict=True) if a and b and k),
        default=0.0,
    )


def looping(world: int, clip: ClipFormat) -> Scene:
    """A pendulum of which one period is what is not given twice; it is in mid swing when the clip begins.

    T = 4 sqrt(l / g) K(sin^2(a / 2)), K the complete elliptic integral (Whittaker, Analytical Dynamics, 44).
    """
    wanted_s = _period_frames(clip) / clip.fps
    usual = make("pendulum", world, duration_s=1.0)
    scene = make("pendulum", world, duration_s=wanted_s / _period_s(usual))
    since_s = _BEGINS * wanted_s
    for body in _BODIES:
        law = replace(_law(scene, body), release_s=-since_s)
        scene = scene.with_body(body, pendulum=law)
    return scene.replace(duration_s=max(scene.duration_s, clip.duration_s))


def _law(scene: Scene, body: str = "bob") -> Pendulum:
    law = scene.body(body).pendulum
    assert law is not None
    return law


def _period_s(scene: Scene) -> float:
    law = _law(scene)
    weight = -scene.gravity_m_s2[2]
    return float(4.0 * math.sqrt(law.length_m / weight) * ellipk(math.sin(law.angle_rad / 2.0) ** 2))


def _period_frames(clip: ClipFormat) -> int:
    return clip.num_frames - clip.frames_until(GIVEN_S)


def _indices(clip: ClipFormat) -> tuple[int, ...]:
    return (*range(clip.frames_until(GIVEN_S)), *range(_period_frames(clip), clip.num_frames))


def _twins(scene: Scene) -> dict[str, Scene]:
    """Swings that do not come round in time, or at all."""
    violated = {
        "too slow": (Violation("gravity_scale", GIVEN_S, amount=0.5),),
        "too fast": (Violation("gravity_scale", GIVEN_S, amount=2.0),),
        "stops": tuple(Violation("freeze", GIVEN_S + 0.3, body) for body in _BODIES),
        "loses its bob": (Violation("vanish", GIVEN_S, "bob"),),
    }
    return {name: scene.violated(*violations) for name, violations in violated.items()}


def _reading(way: Round, seams: list[Seam], wanted: int, ends: float, period: int) -> Reading:
    step, turn = max((s.step for s in seams), default=20.0), max((s.turn for s in seams), default=20.0)
    turns = tolerance(turn, (0.0, _straight(period)), _TURN_MARGIN)
    flash = max((s.flash for s in seams), default=0.0)
    rests = tolerance(flash, (0.0, _FLASH_LAB), _FLASH_MARGIN)
    smooth = tolerance(step, _STEP_RATIO, _STEP_MARGIN) * turns * rests
    smooth = 0.0 if len(seams) < wanted else smooth
    jumps = step > _STEP_RATIO[1] or flash > _FLASH_LAB
    verdict = _verdict(smooth, jumps, len(seams) < wanted, ends)
    lawful = verdict == LOOPS
    return Reading(
        metrics={
            "smooth": 0.0 if verdict == ENDS else smooth,
            "step": min(step, 20.0),
            "turn": min(turn, 20.0),
            "flash": min(flash, 100.0),
            "ends": ends,
            "motion": min(way.motion, 20.0),
        },
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(period, verdict, ("bob",), 1.0 - smooth),),
        notes=(
            f"The largest step across a seam is {step:.1f} times a usual one; there the bob changes its "
            f"velocity by {turn:.0%}. Of the given frames {ends:.0%} are kept."
        ),
    )


def _straight(period: int) -> float:
    """What turn passes; what swings turns by itself by up to 2 pi / period a frame, of its greatest speed."""
    return max(_STRAIGHT, 2.0 * math.pi / period + _OWN_MARGIN)


def _verdict(smooth: float, jumps: bool, gone: bool, ends: float) -> str:
    if gone:
        return GONE
    if smooth < SMOOTH:
        return JUMPS if jumps else TURNS
    return LOOPS if ends >= LEAST_KEPT else ENDS
