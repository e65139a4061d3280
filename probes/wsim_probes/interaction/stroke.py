"""Does what a brush has painted stay, and stays a board clean that it never touched?"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8
from scipy.spatial import ConvexHull

from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    MetricSpec,
    Reading,
    Region,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.alternatives import Answer
from wsim.perception.background import stillness
from wsim.perception.noise_floor import noise_floor
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim_probes.history_bank import reach_lab
from wsim_probes.interaction.histories import FADES_AT_S, Board, pose_board
from wsim_probes.interaction.rooms import room_changed
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

PREFIX_S = 0.5
FADE_DOSES = (0.25, 0.5, 0.75, 1.0)
LOST = "scene lost"
_CLEAR = 0.5  # contrast: coded and tinted clips lie above 0.57, given frames in any order below 0.21
_MOST_CHANGED = 0.022  # of what stands still: lawful clips stay below 0.009, other rooms lie above 0.028
_BYSTANDER = 2  # places: where it was, and where it is; a thing that changes leaves the room what it is


class BrushStroke:
    """Persistence of paint, read against rendered histories once the brush has left.

    Two twins: the brush touches the board and paints, or passes before it without touching. The last
    quarter second is compared with renders in which the stroke stayed, faded (wholly or in part), was
    never finished, and in which the picture froze; for the near miss, with a bare and a painted board.
    Beside the class: recall of the painted area, paint outside it, and what is left of the most paint
    that was ever seen. The room must still be the one that the clip began in.
    """

    name = "interaction/stroke"
    version = 6
    question = "Does the paint stay when the brush has left, and is there none where it did not touch?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context"})}
    metrics = (
        MetricSpec("right", "share", "higher", 0.0, 1.0, "the history is the one that should have happened"),
        MetricSpec("margin", "ratio", "higher", -1.0, 1.0, "how much nearer the lawful history lies"),
        MetricSpec("recall", "share", "higher", 0.0, 1.0, "painted, of what should be; 1 if nothing should"),
        MetricSpec("spill", "share", "lower", 0.0, 1.0, "paint where none should be, over the stroke's area"),
        MetricSpec("retention", "share", "higher", 0.0, 1.0, "paint left at the end of the most ever seen"),
    )
    min_duration_s = 1.5
    moved_by: Mapping[str, str] = {
        "teleport of a bystander": "as much of the room looks different as where it is another one",
        "wobble of a centimetre": "all edges of the room move, by which it is known",
    }

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """Two twins for every world index, in one cluster."""
        for index in world_indices(limit):
            for role in ("touch", "miss"):
                yield _scenario(clip, track, (seed, index), role)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read the last frames; a scene that cannot be recognised is not what should have happened."""
        frames = answer_frames(scenario, video)
        board = _board(take_of(scenario), _touching(scenario), known_frames(scenario))
        answer = board.alternatives.read(frames[list(board.window)])
        here = _scene_is_there(scenario, board, frames)
        verdict = _class(scenario, board, frames, answer) if here else LOST
        return _reading(board, answer, verdict, _paint(board, frames, known_frames(scenario)))


def _scenario(clip: ClipFormat, track: Track, place: tuple[int, int], role: str) -> Scenario:
    world = world_seed(BrushStroke.name, *place)
    touching = make("brush_stroke", world, touches=True)
    missing = make("brush_stroke", world, touches=False)
    take = Take(touching if role == "touch" else missing, clip)
    return pose(
        probe=BrushStroke.name,
        track=track,
        place=place,
        role=role,
        family="brush_stroke",
        take=take,
        context=given(take, track, PREFIX_S),
        alternatives=_violated(touching, role, clip),
        parameters={"twin": role},
        words="text" in BrushStroke.needs[track],
    )


def _violated(touching: Scene, role: str, clip: ClipFormat) -> dict[str, Take]:
    if role == "miss":
        return {"painted": Take(touching, clip)}
    doses = {f"faded={dose:g}": Violation("mark_fades", FADES_AT_S, "board", dose) for dose in FADE_DOSES}
    return {name: Take(touching.violated(fades), clip) for name, fades in doses.items()}


@lru_cache(maxsize=8)
def _board(take: Take, touching: Scene, known: int) -> Board:
    return pose_board(take, touching, known)


def _touching(scenario: Scenario) -> Scene:
    """The twin in which the brush paints, staged as the question is."""
    painted = scenario.alternatives.get("painted")
    return painted.scene if isinstance(painted, Take) else take_of(scenario).scene


def _scene_is_there(
    scenario: Scenario, board: Board, frames: UInt8[np.ndarray, "time height width 3"]
) -> bool:
    """The board is as it was rendered, and room and board as the clip itself showed them when it was given.

    A bare board after a bare board is right, but not that of another room.
    """
    unchanging = np.asarray(~board.alternatives.mask.any(axis=0))
    last = board.window[-1]
    if not stillness(frames[last], board.bare, unchanging).same_scene():
        return False
    known = known_frames(scenario)
    changed = room_changed(take_of(scenario), known, frames, last, unchanging, _BYSTANDER)
    return changed <= _MOST_CHANGED


def _class(
    scenario: Scenario, board: Board, frames: UInt8[np.ndarray, "time height width 3"], answer: Answer
) -> str:
    """The history; a codec or a tint, which the given frames show too, makes paint that stayed none other."""
    asked, given_frames = board.alternatives, take_of(scenario).video.frames[: known_frames(scenario)]
    shown = frames[: len(given_frames)]
    floor_lab = noise_floor(shown, given_frames, float(asked.mask.mean()), asked.blur_px)
    clear = answer.nearest == board.lawful and answer.contrast >= _CLEAR
    return board.lawful if clear and answer.distances[board.lawful] <= reach_lab(floor_lab) else answer.name


def _paint(board: Board, frames: UInt8[np.ndarray, "time height width 3"], known: int) -> dict[str, float]:
    """Recall, spill and retention; a brush in the way looks like missing paint, so medians are taken."""
    painted = board.paint_on(frames[known:])
    area = max(int(board.stroke.sum()), 1)
    covered = painted[:, board.stroke].sum(axis=1) / area
    outside = painted[:, board.around].sum(axis=1) / area
    late = slice(-len(board.window), None)
    recall, spill = float(np.median(covered[late])), float(np.median(outside[late]))
    if board.lawful == "bare":
        return {"recall": 1.0, "spill": min(recall + spill, 1.0), "retention": 1.0}
    most = float(covered.max())
    retention = recall / most if most > 0.1 else 0.0
    return {"recall": recall, "spill": min(spill, 1.0), "retention": retention}


def _reading(board: Board, answer: Answer, verdict: str, paint: dict[str, float]) -> Reading:
    lawful = verdict == board.lawful
    return Reading(
        metrics={"right": float(lawful), "margin": answer.margin, **paint},
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(board.window[0], verdict, ("board",)),),
        overlays=_outline(board),
        notes=f"{_words(answer, verdict)} {_found(board, paint)}",
    )


def _found(board: Board, paint: dict[str, float]) -> str:
    if board.lawful == "bare":
        return f"Paint where none should be: {paint['spill']:.0%} of a stroke's area."
    return f"Painted: {paint['recall']:.0%} of the stroke's area."


def _words(answer: Answer, verdict: str) -> str:
    late = f", {answer.nuisance:.2f} s late" if answer.nuisance > 0 else ""
    sentences = {
        "kept": f"The whole stroke is there after the brush has left{late}.",
        "faded": f"The brush has left and about {answer.nuisance:.0%} of the stroke is left.",
        "unfinished": "The brush has left, and the stroke ends about where the given frames ended.",
        "frozen": "The picture stayed as the given frames left it.",
        "behind": "The brush is still at work when it should long be gone.",
        "bare": "The brush did not touch the board, and the board is bare.",
        "painted": "The brush did not touch the board, yet the board is painted.",
        LOST: "The board can no longer be recognised.",
    }
    near = f"None of the rendered histories fits; the nearest is {answer.nearest!r}."
    return sentences.get(verdict, near)


def _outline(board: Board) -> tuple[Region, ...]:
    """The hull of where the stroke is, or would be."""
    rows, columns = np.nonzero(board.stroke)
    points = np.column_stack([columns, rows]).astype(np.float64)
    hull = points[ConvexHull(points).vertices] + 0.5
    label = "stroke" if board.lawful == "kept" else "no paint here"
    return (Region(board.window[0], board.window[-1], tuple((float(x), float(y)) for x, y in hull), label),)
