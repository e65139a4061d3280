"""Does a key that is pressed, or not, change the picture where it acts, and nowhere else?"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product

import numpy as np
from jaxtyping import UInt8
from scipy.ndimage import binary_dilation

from wsim.contracts import Capability, ClipFormat, Event, MetricSpec, Reading, Scenario, Track, Unmeasurable
from wsim.perception.alternatives import NONE, Alternatives, Answer, Variant
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.noise_floor import noise_floor
from wsim.perception.soft import soften
from wsim.perception.tint import untinted
from wsim.video import Video
from wsim.worlds.derived.histories import still
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take
from wsim_probes.digital.yard import GIVEN_S, MIN_DURATION_S, PLACES, Presses, acted, turns, yard
from wsim_probes.history_bank import reach_lab
from wsim_probes.posing import answer_frames, known_frames, pose, pressed, take_of, world_indices, world_seed

SEQUENCES: tuple[Presses, ...] = tuple(product((False, True), repeat=PLACES))
_ORDER = (5, 2, 6, 1, 3, 4, 7, 0)  # two of a world, which are each other's opposites
_READ = 0.92  # share of the clip from which on it is read: the player looks ahead again
_SOFT = 0.03  # of the height: what is finer is for codecs to change
_ELSEWHERE_LAB, _ELSEWHERE = 8.0, 0.08  # of the picture away from the three places may differ by more
_ANOTHER_PLACE = 0.13  # of it: tinted clips of this place stay below 0.02, other places lie above 0.14
_CLEAR = 0.3  # contrast of a counterfactual that a tint or a codec has moved away from its render
_VIVID = 2.0  # blocks are more colourful than the ground: a tint moves them so many times as far


class Sensitivity:
    """The same turns eight times, and a block placed, or not, at each of three moments: all that differs.

    Given are two frames before any key is down, and the keys; the block is the one in the hand, shown in the
    corner. In the end the player looks ahead again, at what the first frame showed. The clip is read against
    renders of the eight counterfactuals, where these differ (`wsim.perception.alternatives`): the score is
    kappa, the mean over the three places of 1 where there is a block if and only if its key was pressed and
    -1 where not; 0 for one that is none of the eight or another place. Every place has a block in half of the
    questions, so that whoever ignores the keys is at 0. A clip whose picture has also changed away from the
    three places is not lawful.
    """

    name = "digital/sensitivity"
    version = 3
    question = "Does every key change the picture where it acts, and nowhere else?"
    needs: Mapping[Track, frozenset[Capability]] = {"action": frozenset({"context", "actions"})}
    metrics = (
        MetricSpec("kappa", "share", "higher", -1.0, 1.0, "places that are as their key says, above chance"),
        MetricSpec("margin", "ratio", "higher", -1.0, 1.0, "how much nearer the right counterfactual lies"),
        MetricSpec("elsewhere", "share", "lower", 0.0, 1.0, "of the rest of the picture that has changed"),
    )
    min_duration_s = MIN_DURATION_S

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """Two sequences in every world, all eight in four worlds."""
        for index in world_indices(limit):
            world = yard(world_seed(self.name, seed, index))
            for turn in range(2):
                asked = _ORDER[(2 * index + turn) % len(_ORDER)]
                takes = {_name(keys): Take(acted(world, keys), clip) for keys in SEQUENCES}
                take = takes.pop(_name(SEQUENCES[asked]))
                yield pose(
                    probe=self.name,
                    track=track,
                    place=(seed, index),
                    role=f"turn={turn}",
                    family="build",
                    take=take,
                    context=take.prefix(GIVEN_S),
                    alternatives=takes,
                    parameters={"keys": _name(SEQUENCES[asked])},
                    words="text" in self.needs[track],
                    actions=pressed(take),
                )

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """The nearest counterfactual, and what else has changed."""
        frames, keys = answer_frames(scenario, video), str(scenario.parameters["keys"])
        if not turns(frames):
            return Unmeasurable("nothing moves")
        take, first = take_of(scenario), int(np.ceil(_READ * (len(frames) - 1)))
        frames = untinted(frames, take.video.frames[: known_frames(scenario)])
        ends = _ends(acted(take.scene, SEQUENCES[0]), take.clip)
        end = frames[first:].mean(axis=0).round().astype(np.uint8)[None]
        histories = Alternatives({name: [Variant(0.0, one)] for name, one in ends.items()}, keys)
        answer = histories.read(end)
        elsewhere = _elsewhere(end, ends[keys], histories.mask)
        seen = _seen(scenario, frames, histories, answer)
        shown = NONE if elsewhere > _ANOTHER_PLACE else seen
        score = 0.0 if shown == NONE else float(np.mean([_agree(*two) for two in _pairs(keys, shown)]))
        strayed = seen == keys and elsewhere > _ELSEWHERE
        verdict = "changed elsewhere" if strayed else shown
        lawful = verdict == keys
        return Reading(
            metrics={"kappa": score, "margin": answer.margin, "elsewhere": elsewhere},
            verdict=verdict,
            lawful=lawful,
            events=() if lawful else (Event(first, verdict),),
            notes=f"Pressed was {keys}; the nearest counterfactual is {answer.nearest}. Of the rest of the "
            f"picture {elsewhere:.0%} has changed.",
        )


def _seen(
    scenario: Scenario,
    frames: UInt8[np.ndarray, "time height width 3"],
    histories: Alternatives,
    answer: Answer,
) -> str:
    """The counterfactual; a tint that the given frames show too makes it none other."""
    given = take_of(scenario).video.frames[: known_frames(scenario)]
    floor_lab = noise_floor(frames[: len(given)], given, float(histories.mask.mean()), histories.blur_px)
    clear = answer.contrast >= _CLEAR and answer.distances[answer.nearest] <= reach_lab(_VIVID * floor_lab)
    return answer.nearest if clear else answer.name


def _name(presses: Presses) -> str:
    """For instance `block,none,block`, in the order in which the player faces the places."""
    return ",".join("block" if press else "none" for press in presses)


def _pairs(keys: str, seen: str) -> list[tuple[str, str]]:
    return list(zip(keys.split(","), seen.split(","), strict=True))


def _agree(one: str, other: str) -> float:
    return 1.0 if one == other else -1.0


@lru_cache(maxsize=4)
def _ends(world: Scene, clip: ClipFormat) -> dict[str, UInt8[np.ndarray, "1 height width 3"]]:
    """The view at the end of every counterfactual."""
    return {_name(keys): still(acted(world, keys), clip, (clip.num_frames - 1,)) for keys in SEQUENCES}


def _elsewhere(
    end: UInt8[np.ndarray, "1 height width 3"],
    due: UInt8[np.ndarray, "1 height width 3"],
    places: np.ndarray,
) -> float:
    """Share of the picture away from the places, and from their borders, that is not as it should be."""
    height = end.shape[1]
    away = ~binary_dilation(places[0], iterations=max(2, height // 24))
    sigma = _SOFT * height
    here, there = (soften(lab(picture[0]), sigma) for picture in (end, due))
    gap = difference(match_exposure(here, there, away), there)
    return float((gap[away] > _ELSEWHERE_LAB).mean()) if away.any() else 0.0
