"""How questions are posed on simulated worlds: seeds, names that stay for ever, requests.

Worlds of probes have seeds below one million; what is at or above is left to those who train.
"""

import zlib
from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Float32, UInt8

from wsim.contracts import ClipFormat, Context, LazyTruth, Request, Scenario, Track
from wsim.errors import WsimError
from wsim.video import Video
from wsim.worlds.blocks.keys import action_matrix
from wsim.worlds.take import Take
from wsim_probes.words import words_of

FIRST_TRAINING_SEED = 1_000_000
WORLDS_PER_SEED = 200  # when no limit is asked for


def world_indices(limit: int | None) -> Iterator[int]:
    """The worlds of a seed, in order: a smaller limit gives a prefix of a larger one."""
    return iter(range(WORLDS_PER_SEED if limit is None else limit))


def world_seed(probe: str, seed: int, index: int) -> int:
    """The seed of a world: its own for every probe, benchmark seed and index."""
    words = np.random.SeedSequence([zlib.crc32(probe.encode()), seed, index]).generate_state(1)
    return int(words[0]) % FIRST_TRAINING_SEED


def cluster_name(stem: str, seed: int, index: int) -> str:
    """The independent unit: `ball_behind_screen/seed=7/world=0003`; also the tail of scenario ids."""
    return f"{stem}/seed={seed}/world={index:04d}"


def pose(
    *,
    probe: str,
    track: Track,
    place: tuple[int, int],
    role: str,
    family: str,
    take: Take,
    context: Context | None,
    alternatives: Mapping[str, LazyTruth],
    parameters: Mapping[str, float | str],
    words: bool,
    actions: Float32[np.ndarray, "time action"] | None = None,
) -> Scenario:
    """One scenario.

    Args:
        probe: `suite/probe`.
        track: which determines how much the model is given.
        place: (benchmark seed, index of the world).
        role: tells the twins of a world apart.
        family: what the world is, for the cluster.
        take: the lawful history; its format is that of the request.
        context: the frames that are given.
        alternatives: histories that must not happen.
        parameters: what is varied.
        words: whether it takes words to settle the answer, as the needs of the track say: they then tell what
            happens, and otherwise no more than the setting that the given frames show.
        actions: what is pressed in every frame, for models that act.
    """
    name = f"{cluster_name(f'{probe}/{track}', *place)}/{role}"
    clip = take.clip
    request = Request(
        num_frames=clip.num_frames,
        size=(clip.height, clip.width),
        fps=clip.fps,
        seed=zlib.crc32(name.encode()) % 2**31,
        text=words_of(take, context, settle=words),
        context=context,
        actions=actions,
    )
    return Scenario(
        id=name,
        cluster=cluster_name(family, *place),
        request=request,
        truth=take,
        alternatives=dict(alternatives),
        parameters={"track": track, **parameters},
    )


def pressed(take: Take) -> Float32[np.ndarray, "time action"]:
    """The keys that are down in every frame of a world of blocks, ordered as in `wsim.worlds.blocks.keys`."""
    return action_matrix(take.scene, take.clip.times_s()).astype(np.float32)


def given(take: Take, track: Track, prefix_s: float) -> Context:
    """What a track gives: the first frame (`image`), or the first `prefix_s` seconds (`video`, `action`)."""
    return take.first_frame() if track == "image" else take.prefix(prefix_s)


def known_frames(scenario: Scenario) -> int:
    """How many frames at the start of the clip were given."""
    return len(scenario.request.context.indices) if scenario.request.context else 0


def take_of(scenario: Scenario) -> Take:
    """The truth of a scenario that this package posed.

    Raises:
        WsimError: the scenario was posed by something else.
    """
    if not isinstance(scenario.truth, Take):
        raise WsimError(
            f"the truth is a {type(scenario.truth).__name__}, not a simulated take",
            where=f"scenario {scenario.id}",
            remedy="measure the scenarios that the probe itself gives",
        )
    return scenario.truth


def answer_frames(scenario: Scenario, video: Video) -> UInt8[np.ndarray, "time height width 3"]:
    """The frames of an answer that has the size and length that were asked for.

    Raises:
        WsimError: it has another size, or is shorter.
    """
    request = scenario.request
    if video.size != request.size or len(video) < request.num_frames:
        raise WsimError(
            f"the answer has {len(video)} frames of {video.size}, not {request.num_frames} of {request.size}",
            where=f"scenario {scenario.id}",
            remedy="answer with the length and size of the request",
        )
    return video.frames[: request.num_frames]


def window(clip: ClipFormat, start_s: float, end_s: float) -> tuple[int, ...]:
    """The frames of the clip from `start_s` to `end_s`, both included."""
    times = clip.times_s()
    inside = np.flatnonzero((times >= start_s - 1e-9) & (times <= end_s + 1e-9))
    return tuple(int(index) for index in inside)
