"""Does what an act has changed stay changed?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import binary_dilation, binary_opening, label

from wsim.certify.doses import Dose
from wsim.contracts import (
    Box,
    Capability,
    ClipFormat,
    Event,
    Json,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.colour import difference, lab
from wsim.perception.movers import stands_still
from wsim.perception.soft import soften
from wsim.perception.watching import unwatchable
from wsim.video import Video
from wsim_probes.lawful_worlds import SHORTEST_S, Breach, LawfulWorlds

NO_CHANGE, CAMERA, TOO_LATE = "no lasting change", "camera moves", "the event is at the edge of the clip"

_WINDOW = 0.12  # of the clip: a state is the median of so many frames, in which a tool passes by
_LEAST_LAB, _TIMES_NOISE = 8.0, 5.0
_SAME = 0.4  # of the change: a state that differs less from the next one lasts
_LEAST_SHARE = 0.004  # of the picture
_RING, _QUIET = 0.05, 0.12  # width of the surroundings, of the height; share of them that may change
_MOST = 0.8  # of the largest change ever seen: then the act is done
_STAYS, _REVERTS = 0.6, -0.25

_WORLDS = LawfulWorlds(
    "interaction/persistence",
    {"brush_stroke": "board"},
    {"fades": Breach("mark_fades", at=0.8)},
)

Picture = Float32[np.ndarray, "height width 3"]


class Persistence:
    """A change that lasts for a while, against how the picture looks at the end.

    A state is the pixel-wise median of an eighth of the clip, so that hands and tools that pass leave no
    mark on it. From the first state (or the one before a given event), the region R is where the picture
    has changed and stays so from one state to the next, with quiet all around (or something is passing); the
    act is done when R is nearly as large as it ever gets.
    rho = (d(pre, late) - d(post, late)) / (d(pre, late) + d(post, late)) on R, d the mean
    LAB-Huber distance beyond that of the unchanged picture: 1 where the change stays, -1 where it is
    undone, linear in between for a fade. What is put down and taken away again is read as undone: give
    the region, or read such videos by eye. Any lawful video is a right answer.
    """

    name = "interaction/persistence"
    version = 3
    question = "Does what an act has changed stay changed?"
    needs: Mapping[Track, frozenset[Capability]] = {"text": frozenset({"text"})}
    metrics = (
        MetricSpec("stays", "share", "higher", 0.0, 1.0, "rho, nothing below 0"),
        MetricSpec("rho", "ratio", "higher", -1.0, 1.0, "1 as after the act, -1 as before it"),
        MetricSpec("region", "share", "higher", 0.0, 1.0, "of the picture, changed by the act"),
    )
    min_duration_s = SHORTEST_S
    any_world = True
    doses: tuple[Dose, ...] = _WORLDS.doses

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One brush and one board for every world index."""
        return _WORLDS.scenarios(clip, seed=seed, limit=limit)

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """Part of the stroke is erased."""
        return _WORLDS.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """As any video is read."""
        return self.measure_free(video, {})

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip of one shot by a camera that stands still.

        Args:
            video: any clip.
            hints: `event_s`, when the act begins; `region`, x y width height of what it changes.
        """
        gate = unwatchable(video, may_stop="event_s" in hints)
        if gate is not None:
            return gate
        if not stands_still(video.frames):
            return Unmeasurable(CAMERA)
        width = max(3, round(_WINDOW * len(video)))
        event = hints.get("event_s")
        begin = round(float(event) * video.fps) - width if isinstance(event, int | float) else 0
        if begin < 0 or begin + 4 * width > len(video):
            return Unmeasurable(TOO_LATE)
        act = _act(video.frames, begin, width, _within(video.size, hints.get("region")))
        if act is None:
            return Unmeasurable(NO_CHANGE)
        return _reading(act, _rho(act), video)


@dataclass(frozen=True)
class _Act:
    """What an act changed: LAB before, after and late; where; and the frame by which it was done."""

    pre: Picture
    post: Picture
    late: Picture
    region: Bool[np.ndarray, "height width"]
    done: int


def _within(size: tuple[int, int], region: Json) -> Bool[np.ndarray, "height width"]:
    """Where the change may be: anywhere, unless a region is given."""
    allowed = np.ones(size, dtype=bool)
    if isinstance(region, list) and len(region) == 4:
        x, y, width, height = (round(float(part)) for part in region if isinstance(part, int | float))
        allowed[:] = False
        allowed[y : y + height, x : x + width] = True
    return allowed


def _state(frames: UInt8[np.ndarray, "time height width 3"], first: int, width: int) -> Picture:
    sigma = 0.008 * frames.shape[1]
    median = np.median(frames[first : first + width], axis=0).round().astype(np.uint8)
    return soften(lab(median), sigma)


def _act(
    frames: UInt8[np.ndarray, "time height width 3"],
    begin: int,
    width: int,
    allowed: Bool[np.ndarray, "height width"],
) -> _Act | None:
    """The first moment at which almost everything that ever changes for long has changed."""
    pre, late = _state(frames, begin, width), _state(frames, len(frames) - width, width)
    firsts = range(begin + width, len(frames) - 3 * width + 1, max(1, width // 3))
    lasting = [_lasting(pre, _state(frames, t, width), _state(frames, t + width, width)) for t in firsts]
    areas = [int((region & allowed).sum()) for region in lasting]
    if not areas or max(areas) < _LEAST_SHARE * allowed.size:
        return None
    chosen = next(i for i, area in enumerate(areas) if area >= _MOST * max(areas))
    post = _state(frames, firsts[chosen], width)
    return _Act(pre, post, late, lasting[chosen] & allowed, firsts[chosen])


def _lasting(pre: Picture, post: Picture, after: Picture) -> Bool[np.ndarray, "height width"]:
    """Where a state differs from the first one and the next state is the same."""
    change = np.linalg.norm(post - pre, axis=-1)
    differs = change > max(_LEAST_LAB, _TIMES_NOISE * float(np.median(change)))
    same = np.linalg.norm(after - post, axis=-1) < _SAME * change
    moves = np.linalg.norm(after - post, axis=-1) > _LEAST_LAB
    return _not_passing(np.asarray(binary_opening(differs & same, np.ones((2, 2))), dtype=bool), moves)


def _not_passing(
    region: Bool[np.ndarray, "height width"], moves: Bool[np.ndarray, "height width"]
) -> Bool[np.ndarray, "height width"]:
    """The parts around which all is quiet: what goes slowly by changes its surroundings on two sides."""
    labels, count = label(region)
    reach = max(2, round(_RING * region.shape[0]))
    kept = np.zeros_like(region)
    for number in range(1, count + 1):
        part = labels == number
        ring = binary_dilation(part, iterations=reach) & ~part
        if moves[ring].mean() <= _QUIET:
            kept |= part
    return kept


def _rho(act: _Act) -> float:
    noise = float(np.median(difference(act.post, act.late)[~act.region])) if (~act.region).any() else 0.0
    before = max(float(difference(act.pre, act.late)[act.region].mean()) - noise, 0.0)
    after = max(float(difference(act.post, act.late)[act.region].mean()) - noise, 0.0)
    return (before - after) / max(before + after, 1e-6)


def _reading(act: _Act, rho: float, video: Video) -> Reading:
    verdict = "stays" if rho >= _STAYS else "is undone" if rho <= _REVERTS else "fades"
    rows, columns = np.nonzero(act.region)
    box = (float(columns.min()), float(rows.min()), float(columns.max()) + 1, float(rows.max()) + 1)
    last = len(video) - 1
    return Reading(
        metrics={"stays": max(rho, 0.0), "rho": rho, "region": float(act.region.mean())},
        verdict=verdict,
        lawful=verdict == "stays",
        events=() if verdict == "stays" else (Event(last, verdict, severity=(1.0 - rho) / 2.0),),
        overlays=(Box(act.done, *box, "changed"), Box(last, *box, verdict)),
        notes=(
            f"{act.region.mean():.1%} of the picture changed by {act.done / video.fps:.2f} s; at the end it "
            f"lies at {rho:+.2f} between before (-1) and after (+1)."
        ),
    )
