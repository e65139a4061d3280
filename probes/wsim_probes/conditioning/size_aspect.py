"""Is a scene framed as it was given, whatever size and shape of picture is asked for?"""

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Bool
from scipy.ndimage import binary_dilation

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
from wsim.perception.objects import Blob, find_objects, follow
from wsim.video import Video
from wsim.worlds.derived.histories import pictures
from wsim.worlds.families import make
from wsim.worlds.palette import PALETTE
from wsim.worlds.take import Take
from wsim_probes.conditioning.framings import (
    AS_GIVEN,
    FRAMINGS,
    GRADED,
    SHAPES,
    Framed,
    Reframed,
    framed,
    shaped,
    views,
)
from wsim_probes.posing import (
    answer_frames,
    given,
    known_frames,
    pose,
    take_of,
    world_indices,
    world_seed,
)

PREFIX_S = 0.25
FAMILY = "ball_behind_screen"  # a screen in the middle, things at the wall; the camera stands still
KEPT, LEAST_KEPT = "kept", 0.5
MOVES = 0.25  # of the shorter side, from everywhere that it was given; lawful balls get 0.5
_MOST = 0.75  # of the later frames: it is that far in the others
_LOOKS = 4
_AROUND = 1 / 16  # of the height: so near to the thing that moves, no scene is read


class SizeAspect:
    """One world, asked for in a wide, a tall and a larger picture; read against other framings of it.

    The given picture says what is in view. A model that knows one shape shows it stretched, cropped, with
    bars, twice, or aside. In four frames of what is made, away from the ball that moves, the picture is
    compared with the scene as it was given and as it would then look: kept is the least over frames and
    framings of (d(shown, wrong) - d(shown, given)) / d(wrong, given), d being the mean Huber distance in
    LAB where the two differ; or 1 - d(shown, given) / d(one colour, given), if that is less. How the ball
    moves is not asked, but where it is not a quarter of the shorter side further than it was given, in a
    quarter of the frames (a frozen frame, a loop, a fade, what is pushed on by its optical flow) there is
    nothing to measure.
    """

    name = "conditioning/size_aspect"
    version = 3
    question = "Is a scene framed as it was given, in a wide, a tall and a larger picture?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "image": frozenset({"first_frame"}),
        "video": frozenset({"context"}),
    }
    metrics = (
        MetricSpec("kept", "share", "higher", 0.0, 1.0, "1 framed as given, 0 half way to a wrong framing"),
        MetricSpec("travel", "ratio", "higher", 0.0, 10.0, "how far the ball is in a quarter of the frames"),
    )
    min_duration_s = 1.5
    moved_by: Mapping[str, str] = {"texture_boil of the ground": "the ground is part of the scene as given"}
    doses = tuple(Dose(name, "share", 1.0) for name in GRADED)

    def formats(self, clip: ClipFormat) -> tuple[ClipFormat, ...]:
        """What is asked for when a run is at `clip`."""
        return tuple(shaped(clip, shape) for shape in SHAPES)

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """Every world in all shapes."""
        for index in world_indices(limit):
            long_s = max(self.min_duration_s, clip.duration_s)
            scene = make(FAMILY, world_seed(self.name, seed, index), duration_s=long_s)
            for shape in SHAPES:
                take = Take(scene, shaped(clip, shape))
                context = given(take, track, PREFIX_S)
                known = len(context.indices)
                yield pose(
                    probe=self.name,
                    track=track,
                    place=(seed, index),
                    role=shape,
                    family=FAMILY,
                    take=take,
                    context=context,
                    alternatives={name: Reframed(take, known, name) for name in FRAMINGS},
                    parameters={"shape": shape},
                    words="text" in self.needs[track],
                )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """A picture that is stretched or cropped by less."""
        return Reframed(take_of(scenario), known_frames(scenario), dose, severity).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Look at the scene, once the ball is seen to go somewhere."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        known = known_frames(scenario)
        blobs = follow(find_objects(frames, PALETTE), take.scene.body("ball").colour_name)
        travel = _travel(blobs, known) / min(take.clip.height, take.clip.width)
        if travel < MOVES:
            return Unmeasurable("nothing moves")
        (plate,) = pictures(take.scene.without_body("ball"), take.clip, (0,))
        scenes = views(plate)
        looks = np.linspace(known, len(frames) - 1, _LOOKS).round().astype(int)
        seen = {int(i): framed(frames[i], scenes, _scene_of(take, int(i), blobs[i])) for i in looks}
        return _reading(seen, [blob for blob in blobs if blob], travel)


def _travel(blobs: list[Blob | None], known: int) -> float:
    """How far from all places where it was given the ball is in a quarter of the later frames, pixels.

    In a single frame it may be taken for another: where it is not found it has got nowhere.
    """
    places = [(blob.x, blob.y) for blob in blobs[:known] if blob]
    if not places:
        return 0.0
    gaps = [
        min(float(np.hypot(blob.x - x, blob.y - y)) for x, y in places) if blob else 0.0
        for blob in blobs[known:]
    ]
    return float(np.quantile(gaps, _MOST)) if gaps else 0.0


def _scene_of(take: Take, index: int, blob: Blob | None) -> Bool[np.ndarray, "height width"]:
    """Away from the ball: where it should be, where it is, and where its shadow may fall."""
    number = [body.name for body in take.scene.bodies].index("ball")
    near: Bool[np.ndarray, "height width"] = take.film.render.ids[index] == number
    if blob:
        x0, y0, x1, y1 = blob.box
        near = near.copy()
        near[y0:y1, x0:x1] = True
    away: Bool[np.ndarray, "height width"] = ~binary_dilation(
        near, iterations=max(2, round(_AROUND * take.clip.height))
    )
    return away


def _reading(seen: Mapping[int, Framed], path: list[Blob], travel: float) -> Reading:
    frame = min(seen, key=lambda index: seen[index].kept)
    worst = seen[frame]
    lawful = worst.kept >= LEAST_KEPT
    verdict = KEPT if lawful else "another scene" if worst.other == AS_GIVEN else worst.other
    trail = Trail(tuple(b.frame for b in path), tuple((b.x, b.y) for b in path), "moves")
    return Reading(
        metrics={"kept": worst.kept, "travel": min(travel, 10.0)},
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(frame, verdict, (), 1.0 - worst.kept),),
        overlays=(trail,),
        notes=f"The scene is framed as it was given to {worst.kept:.0%}, in the worst of {len(seen)} frames.",
    )
