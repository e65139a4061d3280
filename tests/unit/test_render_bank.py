"""Many renders of one window: what is worked on once must be what each of them shows."""

import numpy as np
from jaxtyping import UInt8

from wsim.perception.colour import difference, lab, share_unlike
from wsim.perception.render_bank import distinct, masked


def _renders(
    count: int = 5, frames: int = 3, size: int = 8
) -> tuple[list[UInt8[np.ndarray, "time height width 3"]], np.random.Generator]:
    rng = np.random.default_rng(550)
    film = rng.integers(0, 256, (count + frames, size, size, 3), dtype=np.uint8)
    return [film[late : late + frames] for late in range(count)], rng


def test_masked_pixels_are_those_of_every_render() -> None:
    renders, rng = _renders()
    mask = rng.random((3, 8, 8)) < 0.3
    mask[1] = False  # a frame in which nothing counts
    shown, shows = distinct(renders)
    bank = masked(lab(shown), shows, mask)
    assert len(shown) == 7
    for variant, frames in enumerate(renders):
        np.testing.assert_array_equal(bank.of(variant), lab(frames)[mask])


def test_distances_are_means_over_what_counts() -> None:
    renders, rng = _renders()
    mask = rng.random((3, 8, 8)) < 0.3
    shown, shows = distinct(renders)
    picture, counts = lab(renders[2])[mask], rng.random(int(mask.sum())) < 0.5
    found = masked(lab(shown), shows, mask).distances(picture, counts)
    gaps = [difference(lab(frames)[mask], picture)[counts] for frames in renders]
    np.testing.assert_allclose(found, [gap.mean(dtype=np.float64) for gap in gaps], rtol=1e-6)
    assert found[2] == 0.0 and found[[0, 1, 3, 4]].min() > 10.0


def test_share_unlike_counts_pixels_beyond_the_limit() -> None:
    (one, *_, other), rng = _renders()
    other = np.where(rng.random(one.shape) < 0.7, one, other)
    expected = (difference(lab(one), lab(other)) > 20.0).mean(axis=(1, 2))
    np.testing.assert_array_equal(share_unlike(one, other, 20.0), expected)
    assert expected.min() > 0.0 and expected.max() < 1.0
    assert not share_unlike(one, one, 0.0).any()
