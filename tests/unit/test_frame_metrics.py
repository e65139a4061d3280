"""Metrics of frames: closed forms, windows by hand, and what must not pass as good."""

import tracemalloc

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.metrics import paired
from wsim.metrics.flicker import flicker
from wsim.metrics.paired import ms_ssim, psnr, ssim


def noise(seed: int, frames: int = 2, side: int = 24) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (frames, side, side, 3), dtype=np.uint8)


def flat(level: int, frames: int = 2, side: int = 24) -> np.ndarray:
    return np.full((frames, side, side, 3), level, np.uint8)


def test_black_against_white_has_the_closed_form() -> None:
    assert ssim(flat(0), flat(255)) == pytest.approx(9.999000099990664e-05, rel=1e-9)
    assert psnr(flat(0), flat(255)).pooled_db == 0.0


def test_equal_videos_are_perfect_and_the_order_of_two_is_nothing() -> None:
    a, b = noise(0, side=170), noise(1, side=170)
    for metric in (ssim, ms_ssim):
        assert metric(a, a) == pytest.approx(1.0, abs=1e-12)
        assert metric(a, b) == pytest.approx(metric(b, a), rel=1e-12)
    assert psnr(a, a).of_frames_db == psnr(a, a).pooled_db == 100.0


def test_one_window_by_hand() -> None:
    a, b = noise(2, 1, 11) / 255.0, noise(3, 1, 11) / 255.0
    g = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    w = (np.outer(g, g) / g.sum() ** 2)[None, :, :, None]
    mean_a, mean_b = ((w * x).sum(axis=(1, 2), keepdims=True) for x in (a, b))
    var_a, var_b = (w * (a - mean_a) ** 2).sum(axis=(1, 2)), (w * (b - mean_b) ** 2).sum(axis=(1, 2))
    both = (w * (a - mean_a) * (b - mean_b)).sum(axis=(1, 2))
    mean_a, mean_b = mean_a[:, 0, 0], mean_b[:, 0, 0]
    light = (2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4)
    shape = (2 * both + 9e-4) / (var_a + var_b + 9e-4)
    assert ssim(noise(2, 1, 11), noise(3, 1, 11)) == pytest.approx(float((light * shape).mean()), rel=1e-9)


def test_scales_are_weighed_as_published() -> None:
    # Where only brightness differs, contrast is 1 at every scale and luminance counts at the last alone.
    a, b = 100 / 255, 150 / 255
    luminance = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
    assert ms_ssim(flat(100, side=161), flat(150, side=161)) == pytest.approx(luminance**0.1333, rel=1e-9)
    inverted = noise(4, 1, 176)
    assert ms_ssim(inverted, 255 - inverted) == 0.0


def test_both_means_of_psnr() -> None:
    real, fake = flat(0), flat(0)
    fake[0] = 255
    found = psnr(real, fake)
    assert found.of_frames_db == pytest.approx(50.0)
    assert found.pooled_db == pytest.approx(10 * np.log10(2))


def test_a_long_video_needs_the_memory_of_a_few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = noise(5, 6, 168), noise(6, 6, 168)
    metrics = (ssim, ms_ssim, lambda a, b: psnr(a, b).of_frames_db, lambda a, b: psnr(a, b).pooled_db)
    whole = [metric(real, fake) for metric in metrics]
    monkeypatch.setattr(paired, "_PIXELS", 168 * 168)
    tracemalloc.start()
    by_frame = [metric(real, fake) for metric in metrics]
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 16e6  # all at once take 48 MB
    assert by_frame == pytest.approx(whole, rel=1e-12)


def test_worse_videos_score_worse() -> None:
    real = noise(5, 1, 176)
    rng = np.random.default_rng(0)
    doses = [
        (real + rng.normal(0, sigma, real.shape)).round().clip(0, 255).astype(np.uint8)
        for sigma in (2, 8, 30, 90)
    ]
    for metric in (ssim, ms_ssim, lambda a, b: psnr(a, b).of_frames_db):
        values = [metric(real, fake) for fake in doses]
        assert values == sorted(values, reverse=True)


def test_pairs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(WsimError, match="frames in common"):
        psnr(flat(0, 2), flat(0, 3))
    with pytest.raises(WsimError, match="frames in common"):
        ssim(flat(0, 0), flat(0, 0))
    with pytest.raises(WsimError, match="too small for ssim"):
        ssim(flat(0, side=10), flat(0, side=10))
    with pytest.raises(WsimError, match="too small for ms_ssim"):
        ms_ssim(flat(0, side=160), flat(0, side=160))


def pan(frames: int = 16) -> np.ndarray:
    wide = noise(6, 1, 128)[0]
    soft = wide.reshape(16, 8, 16, 8, 3).mean(axis=(1, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8)
    return np.stack([soft[:64, t : t + 64] for t in range(frames)])


def test_flicker_is_told_from_motion_and_from_fading() -> None:
    clip = pan()
    sign = np.where(np.arange(len(clip)) % 2, 1.0, -1.0)[:, None, None, None]

    def flickering(levels: float) -> float:
        shaken = (clip * 0.8 + 20 + sign * levels / 2).round().clip(0, 255).astype(np.uint8)
        return flicker(shaken).everywhere or 0.0

    values = [flickering(levels) for levels in (0, 4, 8, 16, 32)]
    assert values == sorted(values)
    assert values[0] < 3.0 and values[-1] == pytest.approx(32, abs=3)
    fading = (clip * np.linspace(1, 0.2, len(clip))[:, None, None, None]).astype(np.uint8)
    assert (flicker(fading).everywhere or 0.0) < 3.0


def test_flicker_in_a_corner_is_found_there() -> None:
    clip = flat(100, 12, 64)
    clip[::2, :12, :12] = 160
    found = flicker(clip)
    assert found.everywhere == 0.0 and found.in_places is not None and found.in_places > 30


def test_a_frozen_video_has_no_flicker_to_be_praised_for() -> None:
    found = flicker(flat(80, 9))
    assert found.everywhere is None and found.in_places is None and found.still == 1.0
    stuttering = pan(8).repeat(2, axis=0)
    assert flicker(stuttering).still == pytest.approx(8 / 15)
    assert flicker(noise(0, 3, 1)).everywhere is not None
    with pytest.raises(WsimError, match="2 frames cannot flicker"):
        flicker(flat(0, 2))
