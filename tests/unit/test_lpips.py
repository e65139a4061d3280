"""LPIPS: the same numbers as its own package, from published weights or not at all."""

import io
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from wsim.cli.main import call
from wsim.errors import WsimError
from wsim.metrics import fetching, lpips_weights
from wsim.metrics.lpips import Lpips
from wsim.metrics.lpips_weights import HEADS, TRUNK, Published, find_heads, load_lpips, read_proved

GOLDEN = json.loads((Path(__file__).parent.parent / "golden/data/lpips_seeded.json").read_text())
SHAPES = {
    0: (64, 3, 11, 11),
    3: (192, 64, 5, 5),
    6: (384, 192, 3, 3),
    8: (256, 384, 3, 3),
    10: (256, 256, 3, 3),
}


def trunk() -> dict[str, torch.Tensor]:
    """AlexNet with weights that mean nothing but are the same everywhere."""
    made = {}
    for place, shape in SHAPES.items():
        rng = np.random.RandomState(2000 + place)
        kernel = rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
        bias = rng.standard_normal(shape[0]) * 0.1
        made[f"features.{place}.weight"] = torch.from_numpy(kernel.astype(np.float32))
        made[f"features.{place}.bias"] = torch.from_numpy(bias.astype(np.float32))
    return made


def heads() -> dict[str, torch.Tensor]:
    return {
        f"lin{k}.model.1.weight": torch.from_numpy(
            np.random.RandomState(3000 + k).rand(1, shape[0], 1, 1).astype(np.float32)
        )
        for k, shape in enumerate(SHAPES.values())
    }


@pytest.fixture(scope="module")
def network() -> Lpips:
    return Lpips(trunk(), heads(), "seeded")


def pair(shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    a, b = (np.random.RandomState(seed).randint(0, 256, (*shape, 3)).astype(np.uint8) for seed in (4, 5))
    return a, ((a.astype(int) + b) // 2).astype(np.uint8)


@pytest.mark.parametrize("case", GOLDEN["pairs"], ids=lambda case: str(case["shape"]))
def test_numbers_are_those_of_the_package(network: Lpips, case: dict) -> None:
    assert network.between(*pair(tuple(case["shape"]))) == pytest.approx(case["lpips"], rel=1e-5)


def test_black_against_white_is_that_of_the_package_and_equal_pictures_are_at_zero(network: Lpips) -> None:
    black, white = (np.full((1, 64, 64, 3), level, np.uint8) for level in (0, 255))
    assert network.between(black, white) == pytest.approx(GOLDEN["black_white"], rel=1e-5)
    a, b = pair((2, 40, 40))
    assert (network.between(a, a) == 0).all()
    assert network.between(a, b) == pytest.approx(network.between(b, a), rel=1e-6)


def test_batches_do_not_move_it(network: Lpips) -> None:
    a, b = pair((35, 32, 32))
    single = [network.between(a[i : i + 1], b[i : i + 1])[0] for i in range(35)]
    assert network.between(a, b) == pytest.approx(single, rel=1e-5)


def test_pairs_that_do_not_fit_are_refused(network: Lpips) -> None:
    a, b = pair((2, 40, 40))
    with pytest.raises(WsimError, match="no frames in common"):
        network.between(a, b[:1])
    with pytest.raises(WsimError, match="30 pixels are too small for lpips"):
        network.between(a[:, :30], b[:, :30])
    with pytest.raises(WsimError, match="no frames in common"):
        network.between(a[:0], b[:0])


def test_tensors_of_something_else_are_refused() -> None:
    without = {name: values for name, values in trunk().items() if name != "features.6.bias"}
    with pytest.raises(WsimError, match=r"features\.6\.bias is missing"):
        Lpips(without, heads(), "seeded")
    with pytest.raises(WsimError, match=r"lin1\.model\.1\.weight has shape \[1, 5, 1, 1\]"):
        Lpips(trunk(), {**heads(), "lin1.model.1.weight": torch.ones(1, 5, 1, 1)}, "seeded")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for weights; nothing is installed and nothing was downloaded before."""
    monkeypatch.setenv("WSIM_WEIGHTS_DIR", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(lpips_weights, "find_spec", lambda name: None)
    return tmp_path / "weights/lpips"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Files with seeded weights, which are known for the length of a test."""
    files = {}
    for name, tensors in ((TRUNK.name, trunk()), (HEADS.name, heads())):
        file = io.BytesIO()
        torch.save(tensors, file)
        files[name] = file.getvalue()
    for constant, published in (("TRUNK", TRUNK), ("HEADS", HEADS)):
        digest = lpips_weights.hashlib.sha256(files[published.name]).hexdigest()
        changed = Published(published.name, digest, published.about)
        monkeypatch.setattr(lpips_weights, constant, changed)
    return files


def test_absent_weights_are_told_with_the_command(home: Path) -> None:
    with pytest.raises(WsimError, match="weights of LPIPS are not here") as absent:
        load_lpips()
    assert "`wsim weights fetch lpips`" in absent.value.remedy and absent.value.exit_code == 3
    assert not home.exists()


def test_published_files_are_read_and_others_are_refused_unread(
    home: Path, known: dict[str, bytes], tmp_path: Path
) -> None:
    home.mkdir(parents=True)
    for name, content in known.items():
        (home / name).write_bytes(content)
    black, white = (np.full((1, 64, 64, 3), level, np.uint8) for level in (0, 255))
    loaded = load_lpips()
    assert loaded.between(black, white) == pytest.approx(GOLDEN["black_white"], rel=1e-5)
    assert loaded.weights_fingerprint == "alex-v0.1:ok"
    touched = tmp_path / "touched"

    class Hostile:
        def __reduce__(self):
            return (Path.touch, (touched,))

    truncated, renamed = known[TRUNK.name][:-1], known[HEADS.name]
    for content in (truncated, renamed, b"", pickle.dumps(Hostile())):
        (home / TRUNK.name).write_bytes(content)
        with pytest.raises(WsimError, match="this is not AlexNet of torchvision"):
            load_lpips()
    assert not touched.exists()
    with pytest.raises(WsimError, match="cannot be read"):
        read_proved(home / "nothing", TRUNK)


def test_files_that_other_packages_brought_are_found(
    home: Path, known: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached, inside = tmp_path / "torch/hub/checkpoints", tmp_path / "lpips/weights/v0.1"
    for folder, name in ((cached, TRUNK.name), (inside, HEADS.name)):
        folder.mkdir(parents=True)
        (folder / name).write_bytes(known[name])

    class Package:
        submodule_search_locations = (str(tmp_path / "lpips"),)

    monkeypatch.setattr(lpips_weights, "find_spec", lambda name: Package())
    assert load_lpips().weights_fingerprint == "alex-v0.1:ok"
    assert find_heads() == inside / HEADS.name


def test_the_commands_know_them(
    home: Path,
    known: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(["weights", "list"]) == 0
    assert "not here; `wsim weights fetch lpips` brings them" in capsys.readouterr().out
    for name, content in known.items():
        (tmp_path / name).write_bytes(content)
    real = fetching.SOURCES["lpips"]
    there = {name: (tmp_path / name).as_uri() for name in known}
    local = fetching.Source(real.about, real.main, there, real.prove, real.find)
    monkeypatch.setattr(fetching, "SOURCES", {"lpips": local})
    (tmp_path / HEADS.name).write_bytes(b"another")
    assert call(["weights", "fetch", "lpips"]) == 2
    assert "this is not heads of LPIPS" in capsys.readouterr().err and not list(home.iterdir())
    (tmp_path / HEADS.name).write_bytes(known[HEADS.name])
    assert call(["weights", "fetch", "lpips"]) == 0
    assert call(["weights", "list"]) == 0
    assert str(home / TRUNK.name) in capsys.readouterr().out
    assert call(["weights", "verify", "lpips"]) == 0
    assert "AlexNet of torchvision" in capsys.readouterr().out
    (home / HEADS.name).write_bytes(b"another")
    assert call(["weights", "verify", str(home / HEADS.name)]) == 4
    assert "NOT heads of LPIPS" in capsys.readouterr().out


def test_torchvision_is_never_imported(tmp_path: Path) -> None:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision/__init__.py").write_text("raise RuntimeError('operator torchvision::nms')")
    (tmp_path / "lpips").mkdir()
    (tmp_path / "lpips/__init__.py").write_text("import torchvision")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from wsim.errors import WsimError\nfrom wsim.metrics.lpips_weights import load_lpips\n"
        "try:\n    load_lpips()\nexcept WsimError as told:\n    print(told.problem)\n"
        "print('torchvision' in sys.modules, 'lpips' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "False False"
