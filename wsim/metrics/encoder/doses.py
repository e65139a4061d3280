"""Videos spoiled by degrees, for a distance that must rise with every degree.

* blur, noise: of the picture. * shuffle: of the order of frames. * wrong physics: of so many clips a law is
broken in full. * fewer things: of the coloured things of a still life so many are missing.

Axis letters: `clip`, `time`, `height` and `width` pixels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.metrics.encoder.clips import filmed, scene_of
from wsim.metrics.encoder.features import InDomain
from wsim.metrics.encoder.spoiling import Clips, blurred, levels, twins
from wsim.metrics.frechet import frechet_distance
from wsim.worlds.families import make
from wsim.worlds.scene import Scene

BLUR_PX = (0.0, 0.5, 1.0, 1.5, 2.5)  # sigma at 64 pixels a side
NOISE_LEVELS = (0.0, 6.0, 12.0, 24.0, 48.0)  # standard deviation in levels of 255
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
MISSING = (0, 1, 2, 3, 4)  # of four things
_SEED = 4_000_000  # worlds that neither training nor the held-out scenes have
_DRAWS = 100


@dataclass(frozen=True, slots=True)
class Rise:
    """How a distance answers to a kind of corruption.

    Attributes:
        name: of the corruption.
        doses: from none to full.
        values: `fvd[wsim]` at every dose.
        low: of the 95 % interval of every value, by resampling clips; it includes the bias of resampling.
        high: of it.
        rising: share of resamples in which every dose is further away than the one before.
        samples: clips of the reference and at every dose.
    """

    name: str
    doses: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    rising: float
    samples: int

    @property
    def monotone(self) -> bool:
        """Whether every value is larger than the one before."""
        return all(b > a for a, b in zip(self.values, self.values[1:], strict=False))


def rises(network: InDomain, clips: int) -> Iterator[Rise]:
    """Every kind of corruption, of `clips` clips against as many other lawful ones."""
    real = rendered([scene_of(number, _SEED) for number in range(clips)])
    scenes = [scene_of(number, _SEED) for number in range(clips, 2 * clips)]
    fake, reference = rendered(scenes), features(network, real)
    rng = np.random.default_rng(_SEED)
    noise = rng.standard_normal(fake.shape, dtype=np.float32)
    orders = np.stack([rng.permutation(fake.shape[1]) for _ in fake])
    ranks = rng.permutation(clips) / clips
    yield _rise("blur (px)", BLUR_PX, reference, [features(network, blurred(fake, s)) for s in BLUR_PX])
    noisy = [features(network, levels(fake + s * noise)) for s in NOISE_LEVELS]
    yield _rise("noise (levels)", NOISE_LEVELS, reference, noisy)
    whole = features(network, fake)
    mixed = features(network, np.stack([clip[order] for clip, order in zip(fake, orders, strict=True)]))
    shuffled = [np.where((ranks < share)[:, None], mixed, whole) for share in SHARES]
    yield _rise("frames shuffled (share of clips)", SHARES, reference, shuffled)
    broken = features(network, rendered([unlawful(scene) for scene in scenes]))
    wrong = [np.where((ranks < share)[:, None], broken, whole) for share in SHARES]
    yield _rise("wrong physics (share of clips)", SHARES, reference, wrong)
    yield _fewer(network, clips)


def _fewer(network: InDomain, clips: int) -> Rise:
    real = [make("still_life", _SEED + number, count=4) for number in range(clips)]
    lives = [make("still_life", _SEED + clips + number, count=4) for number in range(clips)]
    left = [features(network, rendered([without(scene, gone) for scene in lives])) for gone in MISSING]
    doses = tuple(float(gone) for gone in MISSING)
    return _rise("things missing (of four)", doses, features(network, rendered(real)), left)


def without(scene: Scene, gone: int) -> Scene:
    """Without its first things; the first of all is the only one that may stand on another."""
    for place in range(gone):
        scene = scene.without_body(f"thing {place}")
    return scene


def unlawful(scene: Scene) -> Scene:
    """One of the violated twins of a scene, by its seed."""
    broken = twins(scene)
    return broken[scene.seed % len(broken)] if broken else scene


def rendered(scenes: Sequence[Scene]) -> Clips:
    """All frames of scenes."""
    return np.stack([filmed(scene).video.frames for scene in scenes])


def features(network: InDomain, clips: Clips) -> Float64[np.ndarray, "clip dim"]:
    """Of the in-domain encoder, in double precision."""
    return network.forward(clips).astype(np.float64)


def _rise(
    name: str,
    doses: Sequence[float],
    real: Float64[np.ndarray, "real dim"],
    fakes: Sequence[Float64[np.ndarray, "fake dim"]],
) -> Rise:
    values = [frechet_distance(real, fake) for fake in fakes]
    rng = np.random.default_rng(len(real))
    drawn = np.empty((_DRAWS, len(fakes)))
    for row in drawn:  # the same worlds at every dose, as they are paired
        mine, theirs = (rng.integers(0, len(real), len(real)) for _ in range(2))
        row[:] = [frechet_distance(real[mine], fake[theirs]) for fake in fakes]
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    rising = float((np.diff(drawn, axis=1) > 0).all(axis=1).mean())
    return Rise(
        name, tuple(doses), tuple(values), tuple(low.tolist()), tuple(high.tolist()), rising, len(real)
    )
