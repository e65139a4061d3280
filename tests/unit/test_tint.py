"""The tint of a clip is learnt from its given frames and undone; codecs and other colours are not."""

import numpy as np
import pytest
from jaxtyping import UInt8

from wsim.certify.nuisances import NUISANCES
from wsim.certify.relations import other_hue
from wsim.contracts import ClipFormat, Reading
from wsim.perception.colour import lab
from wsim.perception.tint import untinted
from wsim.video import Video
from wsim_probes.interaction.stack import stack

CLIP = ClipFormat(num_frames=25, height=64, width=64, fps=16.0)
KNOWN = 6


def scene(colour: tuple[int, int, int]) -> UInt8[np.ndarray, "time height width 3"]:
    """A disc that rolls before a wall of four colours."""
    y, x = np.mgrid[:48, :48]
    wall = np.where((x < 24)[..., None], (150, 110, 80), (90, 130, 160)) + (y % 16)[..., None]
    columns = np.linspace(10, 38, 12)
    return np.stack(
        [np.where((np.hypot(x - c, y - 24) < 8)[..., None], colour, wall) for c in columns]
    ).astype(np.uint8)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(lab(one) - lab(other), axis=-1).max())


def test_a_turned_hue_is_turned_back_in_the_whole_clip() -> None:
    plain = scene((200, 60, 50))
    turned = other_hue(Video(plain, 16.0)).frames
    assert apart(turned, plain) > 10.0
    assert apart(untinted(turned, plain[:KNOWN]), plain) < 2.5


@pytest.mark.parametrize("name", ["h264 crf 35", "blur", "noise", "half size", "half rate"])
def test_what_is_no_tint_is_left_alone(name: str) -> None:
    plain = scene((200, 60, 50))
    spoiled = NUISANCES[name](Video(plain, 16.0)).frames
    assert untinted(spoiled, plain[:KNOWN]) is spoiled


def test_a_clip_in_its_own_colours_or_in_quite_others_is_left_alone() -> None:
    plain = scene((200, 60, 50))
    later = plain.copy()
    later[KNOWN:] = other_hue(Video(plain[KNOWN:], 16.0)).frames
    for clip in (plain, later, 255 - plain, plain[..., ::-1].copy(), np.full_like(plain, 128)):
        assert untinted(clip, plain[:KNOWN]) is clip
    assert untinted(later, plain[:0]) is later


def test_a_thing_that_was_not_given_is_not_painted_over() -> None:
    bare, ball = scene((200, 60, 50))[:KNOWN].copy(), scene((200, 60, 50))
    bare[:] = np.where((bare == (200, 60, 50)).all(axis=-1, keepdims=True), (150, 110, 80), bare)
    turned = other_hue(Video(ball, 16.0)).frames
    assert untinted(turned, bare) is turned


def test_another_colour_than_was_given_stays_one() -> None:
    plain, red = scene((200, 60, 50)), scene((200, 90, 50))
    broken = np.concatenate([plain[:KNOWN], red[KNOWN:]])
    undone = untinted(other_hue(Video(broken, 16.0)).frames, plain[:KNOWN])
    assert apart(undone, broken) < 2.5
    assert apart(undone[KNOWN:], plain[KNOWN:]) > 0.8 * apart(red, plain)


def test_a_stack_in_other_hues_is_right_and_a_quarter_of_another_colour_is_not() -> None:
    probe = stack()
    for scenario in list(probe.scenarios(CLIP, track="video", seed=531, limit=12))[3::3]:
        lawful = probe.measure(scenario, other_hue(scenario.truth.video))
        assert isinstance(lawful, Reading) and lawful.lawful
        quarter = probe.dosed(scenario, "recolour", 0.25)
        assert quarter is not None
        broken = probe.measure(scenario, other_hue(quarter))
        assert isinstance(broken, Reading) and not broken.lawful
