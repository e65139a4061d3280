"""Does a ball bounce as high as it has shown that it does?"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from jaxtyping import Float64

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
from wsim.perception.trajectory_fit import tolerance
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim.worlds.violations.severity import broken
from wsim_probes.attendance import SEEN, attendance
from wsim_probes.physics.in_plane import Sightings, look
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

_RESTITUTIONS = (0.66, 0.75, 0.84)  # of one world after another
_FEWEST = 3  # samples of a hop
_SPARE = 2  # samples more, so that those nearest to its bounces can be left out
_LOW = 0.5  # of the height of the hop before: below it a ball can be on its way up again
_WRONG = 0.5


@dataclass(frozen=True)
class _Hops:
    """The hop that was given and the next one, fitted as free flight under the gravity of the world.

    Attributes:
        heights_m: of both. The second is 0 where none was seen.
        misfit: root mean square departure from free flight, a share of the first height, the worse of both.
        fell: whether it came down from the first.
    """

    heights_m: tuple[float, float]
    misfit: float
    fell: bool

    @property
    def restitution(self) -> float:
        """Speed after over speed before: the root of the ratio of the heights."""
        return math.sqrt(max(self.heights_m[1], 0.0) / max(self.heights_m[0], 1e-6))


class Restitution:
    """A ball bounces across the picture; each hop must be lower by the same ratio.

    Given are the first fall, the first bounce and the way up to the top of the first hop, which show how
    springy ball and floor are: e = sqrt(h1 / h0). The second bounce must give the same, e = sqrt(h2 / h1),
    with both hops fitted as free flight (their tops lie between the frames). A frame nearest to a bounce
    belongs to neither hop; where a hop is seen in few moments (every frame is shown twice) to that which it
    fits. Wrong are hops that are too high or too low, a ball that sticks to the floor, that floats, is gone,
    flickers or is there twice (`wsim_probes.attendance`). Version 2 asked the same, and did not read a hop
    of fewer than five moments.
    """

    name = "physics/restitution"
    version = 3
    question = "Does a ball bounce as high as it has shown that it does?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context"})}
    metrics = (
        MetricSpec("springy", "score", "higher", 0.0, 1.0, "product of soft tolerances on the second hop"),
        MetricSpec("restitution", "ratio", "higher", 0.0, 10.0, "speed after over speed before the bounce"),
        MetricSpec("error", "ratio", "lower", -10.0, 10.0, "restitution less the one that was shown"),
        MetricSpec("misfit", "share", "lower", 0.0, 10.0, "rms departure from free flight, of the height"),
        SEEN,
    )
    min_duration_s = 1.4
    doses = (Dose("super_bounce", "restitution", 0.75), Dose("sticks", "share", 1.0))

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One world after another, of three kinds of springiness."""
        duration_s = max(self.min_duration_s, clip.duration_s)
        for index in world_indices(limit):
            shown, world = _RESTITUTIONS[index % 3], world_seed(self.name, seed, index)
            scene = make("bounce", world, restitution=shown, duration_s=duration_s)
            take = Take(scene, clip)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="ball",
                family="bounce",
                take=take,
                context=given(take, track, _top_s(scene)),
                alternatives={name: Take(twin, clip) for name, twin in _violated(scene).items()},
                parameters={"restitution": shown},
                words="text" in self.needs[track],
            )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """More springy, up to a gain of speed; or less, down to none."""
        take = take_of(scenario)
        scene, top_s = take.scene, _top_s(take.scene)
        if severity == 0.0:
            return take.video
        if dose == "super_bounce":
            return Take(broken(scene, "super_bounce", severity, top_s, "ball"), take.clip).video
        left = (1.0 - severity) * scene.body("ball").restitution
        return Take(scene.violated(Violation("super_bounce", top_s, "ball", amount=left)), take.clip).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Follow the ball, find its bounces and fit the hops between them."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        scenery = look(take, frames, ["ball"])
        if scenery.trouble is not None:
            return scenery.trouble
        ball, known = scenery.things["ball"], known_frames(scenario)
        moments = _moments(take, take.clip.times_s()[scenery.fresh])
        if moments < _FEWEST:
            return Unmeasurable("too few moments between bounces")
        hops = _hops(take, ball, known, sparse=moments < _FEWEST + _SPARE)
        if hops is None:
            return Unmeasurable("the given frames are not in the clip")
        attended = attendance(take, "ball", ball.blobs, scenery.found, range(known, len(frames)))
        return attended.upon(_reading(hops, take.scene.body("ball").restitution, ball, known))


def _violated(scene: Scene) -> dict[str, Scene]:
    top_s = _top_s(scene)
    law = {
        "super_bounce": Violation("super_bounce", top_s, "ball", amount=1.25),
        "sticks": Violation("super_bounce", top_s, "ball", amount=0.0),
        "freeze": Violation("freeze", top_s, "ball"),
        "gravity_scale": Violation("gravity_scale", top_s, amount=0.25),
        "vanish": Violation("vanish", top_s + 0.05, "ball"),
    }
    return {name: scene.violated(violation) for name, violation in law.items()}


def _top_s(scene: Scene) -> float:
    """When the ball is at the top of its first hop."""
    ball = scene.body("ball")
    falls_s = math.sqrt(2.0 * (ball.position_m[2] - ball.size_m[0]) / -scene.gravity_m_s2[2])
    return falls_s * (1.0 + ball.restitution)


def _moments(take: Take, times_s: Float64[np.ndarray, " time"]) -> int:
    """How many of some moments lie between two bounces of the lawful ball; of the hop with fewer."""
    bounces_s = [event.time_s for event in take.trajectory.events if event.kind == "contact_begin"][:3]
    return min(int(((times_s > a) & (times_s < b)).sum()) for a, b in pairwise(bounces_s))


def _hops(take: Take, ball: Sightings, known: int, *, sparse: bool) -> _Hops | None:
    """Cut the path at its bounces: one lies in the given frames, two come after them."""
    height_m = ball.z_m - take.scene.body("ball").size_m[0]
    gravity = float(-take.scene.gravity_m_s2[2])
    shown = np.flatnonzero(ball.between(0, known - 1))
    if len(shown) < _FEWEST * (1 if sparse else 2):
        return None
    first = int(shown[height_m[shown].argmin()])  # the frame nearest to the first bounce
    top = int(shown[-1])
    second = third = _bounce_after(height_m, top, float(height_m[top]))
    if second < len(height_m):
        third = _bounce_after(height_m, second + 1, 2.0 * float(height_m[second]))
    fell = second < len(height_m) or bool(height_m[top:].min() < _LOW * height_m[top])
    fits = [
        _fitted(ball.times_s, height_m, gravity, spans, fell=fell)
        for spans in _spans(first, second, third, len(height_m), sparse=sparse)
        if height_m[spans[0]].size >= _FEWEST
    ]
    return min(fits, key=lambda hops: (hops.heights_m[1] == 0.0, hops.misfit), default=None)


def _spans(first: int, second: int, third: int, length: int, *, sparse: bool) -> list[tuple[slice, slice]]:
    """Which samples may make up both hops, the indices being those of the samples nearest to the bounces."""
    if not sparse:
        return [(slice(first + 1, second), slice(second + 1, third))]
    last = min(third, length - 1)
    cuts = product((first + 1, first), (second, second + 1), (last, last + 1))
    return [(slice(start, middle), slice(middle, end)) for start, middle, end in cuts]


def _fitted(
    times_s: Float64[np.ndarray, " sample"],
    height_m: Float64[np.ndarray, " sample"],
    gravity: float,
    spans: tuple[slice, slice],
    *,
    fell: bool,
) -> _Hops:
    one, two = spans
    h1, misfit1 = _flight(times_s[one], height_m[one], gravity)
    h2, misfit2 = 0.0, 0.0
    rises_m = np.ptp(height_m[two.start - 1 : two.stop]) if height_m[two].size >= _FEWEST else 0.0
    if rises_m > 0.05 * h1:
        h2, misfit2 = _flight(times_s[two], height_m[two], gravity)
    return _Hops((h1, h2), max(misfit1, misfit2) / max(h1, 1e-6), fell)


def _bounce_after(height_m: Float64[np.ndarray, " sample"], start: int, top_m: float) -> int:
    """The next sample that is low and the lowest around; as many as there are where none is."""
    for i in range(start + 1, len(height_m) - 1):
        low = height_m[i] < _LOW * max(top_m, float(height_m[start:i].max()))
        if low and height_m[i] <= height_m[i - 1] and height_m[i] <= height_m[i + 1]:
            return i
    return len(height_m)


def _flight(
    times_s: Float64[np.ndarray, " sample"], height_m: Float64[np.ndarray, " sample"], gravity: float
) -> tuple[float, float]:
    """(greatest height, rms misfit) of free flight with that gravity."""
    straight = height_m + 0.5 * gravity * (times_s - times_s[0]) ** 2
    speed, start_m = np.polyfit(times_s - times_s[0], straight, 1)
    misfit = straight - speed * (times_s - times_s[0]) - start_m
    return float(start_m + speed**2 / (2.0 * gravity)), float(np.sqrt((misfit**2).mean()))


def _reading(hops: _Hops, shown: float, ball: Sightings, known: int) -> Reading:
    error = hops.restitution - shown
    right = tolerance(error, (-0.03, 0.03), 0.12)
    free = tolerance(hops.misfit, (0.0, 0.05), 0.15)
    springy = right * free * float(hops.fell)
    verdict, words = _verdict(hops, error, right, free)
    lawful = verdict == "bounces"
    return Reading(
        metrics={
            "springy": springy,
            "restitution": float(np.clip(hops.restitution, 0.0, 10.0)),
            "error": float(np.clip(error, -10.0, 10.0)),
            "misfit": min(hops.misfit, 10.0),
        },
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(known, verdict, ("ball",), 1.0 - springy),),
        overlays=(ball.trail,),
        notes=f"The ball {words}; {shown:.2f} was shown.",
    )


def _verdict(hops: _Hops, error: float, right: float, free: float) -> tuple[str, str]:
    """(class, in words)."""
    if not hops.fell:
        return "floats", "does not come down from its first hop"
    if free < _WRONG:
        return "uneven", "does not fly as things fly between its bounces"
    if hops.heights_m[1] <= 0.0:
        return "sticks", "does not bounce a second time"
    if right < _WRONG:
        how = "too high" if error > 0.0 else "too low"
        return how, f"bounces {how}: it keeps {hops.restitution:.2f} of its speed"
    return "bounces", f"keeps {hops.restitution:.2f} of its speed"
