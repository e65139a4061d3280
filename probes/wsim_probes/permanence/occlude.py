"""Does a ball that rolls behind a screen come out again, and does nothing come out when nothing went in?"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

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
from wsim.perception.alternatives import Answer
from wsim.perception.background import stillness
from wsim.perception.objects import Blob, find_objects
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim_probes.permanence.histories import LATEST_S, Question, pose_question, waiting_ball
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

PREFIX_S = 0.5
HIDDEN_S = ((0.15, 0.45), (0.3, 0.6))  # two durations for every world, in turn
LOST = "scene lost"


class Occlude:
    """Permanence of a hidden object, read against rendered histories.

    Every world is asked three times: the ball is hidden for a short and for a long while, and nothing
    goes in. The last 0.3 s are compared with renders in which the ball came out (up to 0.25 s early or
    late), came out in another colour, never came out, or stayed where the given frames left it; with
    nothing going in, anything that comes out is a false alarm. A frozen picture is right on one in three.
    A finder of coloured objects gives a second reading that shares no code with the first.
    """

    name = "permanence/occlude"
    version = 3
    question = "Does the ball that went behind the screen come out again, and only then?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "video": frozenset({"context"}),
        "image": frozenset({"first_frame", "text"}),
    }
    metrics = (
        MetricSpec("right", "share", "higher", 0.0, 1.0, "the history is the one that should have happened"),
        MetricSpec("margin", "ratio", "higher", -1.0, 1.0, "how much nearer the lawful history lies"),
        MetricSpec("timing_error", "s", "lower", 0.0, LATEST_S, "early or late by; the most where not kept"),
        MetricSpec("agree", "share", "higher", 0.0, 1.0, "the finder of coloured objects says the same"),
    )
    min_duration_s = 1.5

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """Three scenarios for every world index, in one cluster."""
        for index in world_indices(limit):
            short, long = HIDDEN_S[index % len(HIDDEN_S)]
            for role, hidden_s in (("short", short), ("long", long), ("empty", long)):
                yield _scenario(clip, track, (seed, index), role, hidden_s)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read the last frames; a scene that cannot be recognised is not what should have happened."""
        frames = answer_frames(scenario, video)
        question = _question(take_of(scenario), known_frames(scenario), _intruder(scenario))
        shown = frames[list(question.window)]
        answer = question.alternatives.read(shown)
        found = _in_corridor(question, shown)
        if not _scene_is_there(question, shown):
            return _reading(question, answer, found, LOST)
        return _reading(question, answer, found, answer.name)


def _scenario(clip: ClipFormat, track: Track, place: tuple[int, int], role: str, hidden_s: float) -> Scenario:
    twin = "empty" if role == "empty" else "ball"
    world = world_seed(Occlude.name, *place)
    scene = make("ball_behind_screen", world, hidden_s=hidden_s, empty=twin == "empty")
    take = Take(scene, clip)
    context = given(take, track, PREFIX_S)
    left_s = context.indices[-1] / clip.fps
    with_ball = take if twin == "ball" else Take(make("ball_behind_screen", world, hidden_s=hidden_s), clip)
    return pose(
        probe=Occlude.name,
        track=track,
        place=place,
        role=role,
        family="ball_behind_screen",
        take=take,
        context=context,
        alternatives=_violated(with_ball, twin, left_s),
        parameters={"twin": twin, **({"hidden_s": hidden_s} if twin == "ball" else {})},
        words="text" in Occlude.needs[track],
    )


def _violated(with_ball: Take, twin: str, left_s: float) -> dict[str, Take]:
    """Everything goes wrong while the ball is hidden, but for the ball that stays where it was left."""
    hidden_at_s, waiting = waiting_ball(with_ball)
    scene, clip = with_ball.scene, with_ball.clip
    if twin == "empty":
        return {"appeared": Take(waiting, clip)}
    others = [name for name in PALETTE if name != scene.body("ball").colour_name]
    other = others[scene.seed % len(others)]
    broken = {
        "vanished": Violation("vanish", hidden_at_s, "ball"),
        "recoloured": Violation("recolour", hidden_at_s, "ball", vector=PALETTE[other]),
        "frozen": Violation("freeze", left_s, "ball"),
        "stopped": Violation("freeze", hidden_at_s, "ball"),
    }
    return {name: Take(scene.violated(violation), clip) for name, violation in broken.items()}


def _intruder(scenario: Scenario) -> Scene | None:
    appeared = scenario.alternatives.get("appeared")
    return appeared.scene if isinstance(appeared, Take) else None


@lru_cache(maxsize=12)
def _question(take: Take, known: int, intruder: Scene | None) -> Question:
    return pose_question(take, known, intruder)


def _scene_is_there(question: Question, shown: UInt8[np.ndarray, "time height width 3"]) -> bool:
    """The camera has stood still, and the screen stands where it stood."""
    last = len(shown) - 1
    seen = stillness(shown[last], question.background, ~question.alternatives.mask.any(axis=0))
    return seen.same_scene() and question.screen.read(shown[last:]).nearest == "there"


def _in_corridor(
    question: Question, shown: UInt8[np.ndarray, "time height width 3"]
) -> tuple[list[Blob], str]:
    """Coloured things where a ball could have come out, and what they say happened."""
    blobs = [
        blob
        for here in find_objects(shown, PALETTE)
        for blob in here
        if question.corridor[blob.frame, round(blob.y), round(blob.x)]
    ]
    frames_with = {name: len({b.frame for b in blobs if b.colour == name}) for name in PALETTE}
    colour = max(frames_with, key=lambda name: frames_with[name])
    if frames_with[colour] < max(1, question.frames_out // 2):
        return blobs, "empty"
    return blobs, colour


def _reading(question: Question, answer: Answer, found: tuple[list[Blob], str], verdict: str) -> Reading:
    lawful = verdict == question.lawful
    blobs, seen = found
    agrees = verdict == LOST or (seen == question.expected_colour) == lawful
    late_s = answer.nuisance / question.fps
    first = question.window[0]
    boxes = tuple(
        Box(first + b.frame, *map(float, b.box), label=f"{b.colour} object") for b in blobs
    ) + tuple(Box(first + i, *box, label="expected") for i, box in question.expected_boxes)
    kept = verdict == "kept"
    return Reading(
        metrics={
            "right": float(lawful),
            "margin": answer.margin,
            "timing_error": min(abs(late_s), LATEST_S) if kept or lawful else LATEST_S,
            "agree": float(agrees),
        },
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(first, verdict, ("ball",)),),
        overlays=boxes,
        notes=_words(question, answer, verdict, late_s) + ("" if agrees else f" {_disagreement(seen)}"),
    )


def _words(question: Question, answer: Answer, verdict: str, late_s: float) -> str:
    colour = question.expected_colour
    when = "on time" if late_s == 0 else f"{abs(late_s):.2f} s {'late' if late_s > 0 else 'early'}"
    sentences = {
        "kept": f"The {colour} ball came out {when}.",
        "vanished": f"The {colour} ball did not come out.",
        "recoloured": f"The {colour} ball came out {answer.label}.",
        "frozen": f"The {colour} ball stayed where the given frames left it.",
        "empty": "Nothing went in and nothing came out.",
        "appeared": f"Nothing went in, yet a {answer.label} ball came out.",
        LOST: "The screen or the room can no longer be recognised.",
    }
    near = f"None of the rendered histories fits; the nearest is {answer.nearest!r}."
    return sentences.get(verdict, near)


def _disagreement(seen: str) -> str:
    what = "no coloured object" if seen == "empty" else f"a {seen} object"
    return f"The two readings disagree: the object finder sees {what}."
