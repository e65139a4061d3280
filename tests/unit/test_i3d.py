"""I3D against the TensorFlow graph itself: logits of both under one set of seeded variables."""

from pathlib import Path

import numpy as np
import pytest
import torch

from wsim.errors import WsimError
from wsim.metrics.i3d import I3D, convolutions, max_pool, seeded_variables
from wsim.metrics.resize import RESIZES, bilinear, network_input

DATA = Path(__file__).resolve().parent.parent / "golden" / "data"
LENGTHS = (9, 10, 15, 16, 30)  # rows of the golden file; SAME padding hangs on the parity at every stage


@pytest.fixture(scope="module")
def variables() -> dict[str, np.ndarray]:
    return seeded_variables()


@pytest.fixture(scope="module")
def network(variables: dict[str, np.ndarray]) -> I3D:
    return I3D(variables)


def logits(network: I3D, frames: int) -> np.ndarray:
    clip = (np.random.RandomState(7).rand(1, frames, 224, 224, 3) * 2 - 1).astype(np.float32)
    with torch.inference_mode():
        return network(torch.from_numpy(clip).permute(0, 4, 1, 2, 3)).numpy()[0]


@pytest.mark.parametrize("frames", [9, 16, *(pytest.param(n, marks=pytest.mark.slow) for n in (10, 15, 30))])
def test_logits_are_those_of_the_tensorflow_graph(network: I3D, frames: int) -> None:
    golden = np.load(DATA / "i3d_seeded_logits.npy")[LENGTHS.index(frames)]
    found = logits(network, frames)
    assert np.linalg.norm(found - golden) < 1e-5 * np.linalg.norm(golden)
    assert found.argmax() == 357


def test_the_epsilon_of_ports_is_told_from_that_of_the_graph(variables: dict[str, np.ndarray]) -> None:
    golden = np.load(DATA / "i3d_seeded_logits.npy")[0]
    found = logits(I3D(variables, bn_epsilon=1e-5), 9)
    assert 0.005 < np.linalg.norm(found - golden) / np.linalg.norm(golden) < 0.02


@pytest.mark.parametrize("shape", [(9, 7, 10), (4, 8, 8), (2, 3, 2), (1, 1, 1)])
@pytest.mark.parametrize(
    ("kernel", "stride"),
    [((3, 3, 3), (1, 1, 1)), ((1, 3, 3), (1, 2, 2)), ((3, 3, 3), (2, 2, 2)), ((2, 2, 2), (2, 2, 2))],
)
def test_pools_axis_by_axis_are_those_of_torch(shape: tuple, kernel: tuple, stride: tuple) -> None:
    x = torch.rand(2, 5, *shape, generator=torch.Generator().manual_seed(0))
    around = []
    for size, side, step in zip(reversed(shape), reversed(kernel), reversed(stride), strict=True):
        total = max((-(-size // step) - 1) * step + side - size, 0)
        around += [total // 2, total - total // 2]
    padded = torch.nn.functional.pad(x, around)
    expected = torch.nn.functional.max_pool3d(padded, kernel, stride=stride)
    assert torch.equal(max_pool(x, kernel, stride), expected)


def test_the_network_has_the_tensors_of_the_graph(variables: dict[str, np.ndarray]) -> None:
    assert len(list(convolutions())) == 58
    assert len(variables) == 230
    assert sum(values.size for values in variables.values()) == 12_704_544
    assert "RGB/inception_i3d/Mixed_5b/Branch_2/Conv3d_0a_3x3/conv_3d/w" in variables


def test_short_clips_and_foreign_variables_are_refused(
    network: I3D, variables: dict[str, np.ndarray]
) -> None:
    with pytest.raises(WsimError, match="8 frames are too few"):
        network(torch.zeros(1, 3, 8, 224, 224))
    with pytest.raises(WsimError, match="beta is missing"):
        I3D({name: values for name, values in variables.items() if "beta" not in name})
    with pytest.raises(WsimError, match="has shape"):
        I3D({name: values[:1] for name, values in variables.items()})


def test_resizing_is_that_of_tensorflow_to_the_bit() -> None:
    ramp = torch.arange(16.0).reshape(1, 1, 4, 4).expand(1, 3, 4, 4)
    legacy = bilinear(ramp, 7, 7, half_pixel=False)[0, 0, 0]
    assert legacy.numpy() == pytest.approx([0, 4 / 7, 8 / 7, 12 / 7, 16 / 7, 20 / 7, 3], abs=1e-6)
    half = bilinear(ramp, 7, 7, half_pixel=True)[0, 0, 0]
    assert half.numpy() == pytest.approx([0, 5 / 14, 13 / 14, 1.5, 29 / 14, 37 / 14, 3], abs=1e-6)
    image = np.random.RandomState(3).rand(1, 64, 64, 3).astype(np.float32) * 255
    found = bilinear(torch.from_numpy(image).permute(0, 3, 1, 2), 224, 224, half_pixel=False)
    pixels = found[0].permute(1, 2, 0).numpy()
    assert (pixels[::32, ::32] == np.load(DATA / "tf1_resize_64_224.npy")).all()
    assert pixels.astype(np.float64).sum() == pytest.approx(19000543.746787, rel=1e-12)


def test_half_pixels_are_those_of_torch() -> None:
    image = torch.from_numpy(np.random.default_rng(0).uniform(0, 255, (1, 3, 50, 90)).astype(np.float32))
    theirs = torch.nn.functional.interpolate(image, size=(224, 224), mode="bilinear", align_corners=False)
    assert (bilinear(image, 224, 224, half_pixel=True) - theirs).abs().max() < 1e-3


@pytest.mark.parametrize("resize", RESIZES)
@pytest.mark.parametrize("size", [(1, 1), (64, 64), (50, 90), (300, 200)])
def test_every_way_to_resize_keeps_range_and_flat_colour(resize: str, size: tuple[int, int]) -> None:
    clips = torch.full((2, 3, *size, 3), 255, dtype=torch.uint8)
    clips[0] = 0
    found = network_input(clips, resize)
    assert found.shape == (2, 3, 3, 224, 224)
    assert (found[0] == -1).all() and (found[1] - 1).abs().max() < 1e-2


def test_cropping_keeps_the_middle_and_squashing_keeps_all() -> None:
    clip = torch.zeros(1, 1, 64, 128, 3, dtype=torch.uint8)
    clip[:, :, :, :16] = 255  # a bar at the left edge
    assert (network_input(clip, "half-crop224") == -1).all()
    assert network_input(clip, "tf1-squash224").max() == 1
    with pytest.raises(WsimError, match="no way to resize"):
        network_input(clip, "bicubic")
