"""Weights of I3D: read from every format, proved right or wrong, and never taken for what they are not."""

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from safetensors.numpy import save_file

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))

from tf_bundle import write_checkpoint

from wsim.cli.main import call
from wsim.errors import WsimError
from wsim.metrics import fetching, i3d_features, weights
from wsim.metrics.crc32c import masked_crc32c
from wsim.metrics.i3d import SCOPE, seeded_variables
from wsim.metrics.tf_checkpoint import is_checkpoint, read_index, read_tensors
from wsim.metrics.weights import RIGHT, UNKNOWN, WRONG, find_i3d, identify, known_checksums, load_variables

SMALL = {
    "a/kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "a/kernel_too": np.full((300,), 0.5, np.float32),
    "global_step": np.array(7, dtype=np.int64),
    "z": np.array(3.5, dtype=np.float32),
}


@pytest.fixture(scope="module")
def seeded() -> dict[str, np.ndarray]:
    return seeded_variables()


@pytest.fixture
def known(seeded: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the seeded variables pass for `rgb_scratch` (column 0) or `rgb_imagenet` (column 1)."""
    real = known_checksums()
    ours = {name: masked_crc32c(values) for name, values in seeded.items()}

    def pretend(column: int) -> None:
        table = {name: (ours[name], 0) if column == 0 else (0, ours[name]) for name in real}
        for module in (weights, i3d_features):
            monkeypatch.setattr(module, "known_checksums", lambda: table)

    return pretend


def test_a_checkpoint_is_read_whole(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "model.ckpt", SMALL, block_entries=2)
    for name in ("model.ckpt", "model.ckpt.index", "model.ckpt.data-00000-of-00001"):
        assert is_checkpoint(tmp_path / name)
        tensors, checksums = read_tensors(tmp_path / name)
        assert set(tensors) == set(checksums) == set(SMALL) - {"global_step"}  # no tensor of weights
        for key, values in tensors.items():
            assert values.shape == SMALL[key].shape and (values == SMALL[key]).all()
    entry = read_index(tmp_path / "model.ckpt")["a/kernel"]
    assert entry.shape == (2, 3, 4) and entry.size == 96
    assert entry.masked_crc32c == masked_crc32c(SMALL["a/kernel"])


def test_damage_never_passes(tmp_path: Path) -> None:
    prefix = tmp_path / "model.ckpt"
    write_checkpoint(prefix, SMALL)
    data, index = (prefix.with_name(prefix.name + end) for end in (".data-00000-of-00001", ".index"))
    whole, table = data.read_bytes(), index.read_bytes()
    data.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
    with pytest.raises(WsimError, match="a/kernel does not match its checksum"):
        read_tensors(prefix)
    data.write_bytes(whole[:-1])
    with pytest.raises(WsimError, match="does not match its checksum"):
        read_tensors(prefix)
    data.unlink()
    with pytest.raises(WsimError, match="cannot read the checkpoint"):
        read_tensors(prefix)
    for broken in (b"", table[:-9], table[:-1] + b"!", b"\xff" * 40 + table[-48:], table[60:]):
        index.write_bytes(broken)
        with pytest.raises(WsimError, match="the index"):
            read_index(prefix)
    rng = np.random.default_rng(0)
    for _ in range(200):  # any other change is told too, or changes nothing that is read
        place = int(rng.integers(len(table)))
        index.write_bytes(table[:place] + bytes([int(rng.integers(256))]) + table[place + 1 :])
        try:
            read_index(prefix)
        except WsimError as error:
            assert "index" in error.problem


def test_the_known_weights_are_two_networks() -> None:
    known = known_checksums()
    assert len(known) == 230
    right, wrong = ({pair[column] for pair in known.values()} for column in range(2))
    assert len(right) == len(wrong) == 230 and not right & wrong
    first = f"{SCOPE}Conv3d_1a_7x7/conv_3d/w"
    assert known[first] == (1008621070, 1301742067)
    assert identify({name: pair[0] for name, pair in known.items()}).label == RIGHT
    imagenet = identify({name: pair[1] for name, pair in known.items()})
    assert imagenet.label == WRONG and "NOT the network of FVD" in str(imagenet)
    one_changed = identify({name: pair[0] for name, pair in known.items()} | {first: 1})
    assert one_changed.label == UNKNOWN and "229 of 230" in str(one_changed)


def test_every_format_gives_the_same_weights(
    tmp_path: Path, seeded: dict[str, np.ndarray], known: Callable[[int], None]
) -> None:
    known(0)
    write_checkpoint(tmp_path / "model.ckpt", seeded)
    save_file(seeded, tmp_path / "named.safetensors")
    save_file(ported(seeded), tmp_path / "ported.safetensors")
    digests = set()
    for name in ("model.ckpt.index", "named.safetensors", "ported.safetensors"):
        variables, identity = load_variables(tmp_path / name)
        assert identity.right and identity.fingerprint == "tfhub400:ok"
        assert all((variables[key].ravel() == values.ravel()).all() for key, values in seeded.items())
        digests.add(identity.digest)
    assert len(digests) == 1


def ported(variables: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The names and the layout of the usual torch port."""
    branches = {"0": "b0", "1a": "b1a", "1b": "b1b", "2a": "b2a", "2b": "b2b", "3b": "b3b"}
    parts = {"beta": "bn.bias", "moving_mean": "bn.running_mean", "moving_variance": "bn.running_var"}
    made = {}
    for name, values in variables.items():
        block, *middle, _, part = name.removeprefix(SCOPE).split("/")
        if block == "Logits":
            module = "logits"
        elif middle:
            branch, layer = middle[0][-1], middle[1].removeprefix("Conv3d_0")[0]
            last = "b" if (branch, layer, block) == ("2", "a", "Mixed_5b") and "3x3" in middle[1] else layer
            module = f"{block}.{branches['0' if branch == '0' else branch + last]}"
        else:
            module = block
        if part == "w":
            made[f"{module}.conv3d.weight"] = np.ascontiguousarray(values.transpose(4, 3, 0, 1, 2))
        else:
            made[f"{module}.{parts.get(part, 'conv3d.bias')}"] = values.ravel()
            if part == "beta":
                made[f"{module}.bn.weight"] = np.ones_like(values.ravel())
    return made


def test_a_scale_that_the_network_has_not_is_refused(tmp_path: Path, seeded: dict[str, np.ndarray]) -> None:
    changed = ported(seeded)
    changed["Mixed_3b.b0.bn.weight"] = changed["Mixed_3b.b0.bn.weight"] * 1.1
    save_file(changed, tmp_path / "tuned.safetensors")
    with pytest.raises(WsimError, match="is not 1 everywhere"):
        load_variables(tmp_path / "tuned.safetensors")


def test_wrong_weights_are_refused_by_name(
    tmp_path: Path, seeded: dict[str, np.ndarray], known: Callable[[int], None]
) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(seeded, path)
    with pytest.raises(WsimError, match="not the weights of FVD but unknown: 0 of 230"):
        i3d_features.load_i3d(path)
    assert call(["weights", "verify", str(path)]) == 4
    known(1)
    with pytest.raises(WsimError, match="not the weights of FVD but rgb_imagenet"):
        i3d_features.load_i3d(path)
    taken = i3d_features.load_i3d(path, any_weights=True)
    assert taken.weights_fingerprint.startswith("rgb_imagenet:")
    known(0)
    assert i3d_features.load_i3d(path).weights_fingerprint == "tfhub400:ok"
    assert call(["weights", "verify", str(path)]) == 0


class Script(torch.nn.Module):
    """The calling convention of the known TorchScript file, around two of the network's tensors."""

    def __init__(self, kernel: torch.Tensor, beta: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("kernel", kernel)
        self.register_buffer("beta", beta)

    def forward(
        self, x: torch.Tensor, rescale: bool = True, resize: bool = True, return_features: bool = False
    ) -> torch.Tensor:
        assert not rescale and not resize and return_features
        return x.mean(dim=(1, 2, 3, 4))[:, None].expand(x.shape[0], 400)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_torchscript_is_known_by_its_tensors(
    tmp_path: Path, seeded: dict[str, np.ndarray], known: Callable[[int], None]
) -> None:
    known(0)
    stem = f"{SCOPE}Conv3d_1a_7x7"
    kernel = torch.from_numpy(seeded[f"{stem}/conv_3d/w"].transpose(4, 3, 0, 1, 2).copy())
    beta = torch.from_numpy(seeded[f"{stem}/batch_norm/beta"].ravel())
    torch.jit.script(Script(kernel, beta)).save(str(tmp_path / "i3d.pt"))
    found = i3d_features.TorchScriptFeatures(tmp_path / "i3d.pt")
    assert found.identity.label == UNKNOWN and found.identity.matched == 2
    clips = np.full((2, 9, 32, 32, 3), 255, np.uint8)
    assert found.forward(clips).shape == (2, 400) and (found.forward(clips) == 1).all()
    with pytest.raises(WsimError, match="epsilon of a TorchScript file"):
        i3d_features.load_i3d(tmp_path / "i3d.pt", bn_epsilon=1e-5)
    torch.save({"weight": kernel}, tmp_path / "state.pt")
    with pytest.raises(WsimError, match="cannot read TorchScript"):
        i3d_features.load_i3d(tmp_path / "state.pt")


def test_fetched_weights_are_right_or_not_kept(
    tmp_path: Path,
    seeded: dict[str, np.ndarray],
    known: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("WSIM_WEIGHTS_DIR", str(home))
    with pytest.raises(WsimError, match="weights of I3D are not available"):
        find_i3d()
    write_checkpoint(tmp_path / "there" / "model.ckpt", seeded)
    files = ("model.ckpt.index", "model.ckpt.data-00000-of-00001")
    there = {name: (tmp_path / "there" / name).as_uri() for name in files}
    monkeypatch.setattr(
        fetching, "SOURCES", {"i3d": fetching.Source("I3D", files[0], there, fetching.prove_i3d, find_i3d)}
    )
    assert call(["weights", "fetch", "i3d"]) == 2  # these are not rgb_scratch
    assert "not what was wanted" in capsys.readouterr().err
    assert not list((home / "i3d").iterdir())
    known(0)
    assert call(["weights", "fetch", "i3d"]) == 0
    assert find_i3d() == home / "i3d" / files[0]
    assert call(["weights", "list"]) == 0
    assert str(home / "i3d" / files[0]) in capsys.readouterr().out
    (tmp_path / "there" / files[1]).unlink()
    assert call(["weights", "fetch", "i3d"]) == 3
    assert "cannot be reached" in capsys.readouterr().err
    assert find_i3d().is_file()  # what was there stays


def test_other_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", 5) + b"{")
    with pytest.raises(WsimError, match="cannot read the weights"):
        load_variables(tmp_path / "a.safetensors")
    save_file({"x": np.zeros(3, np.float32)}, tmp_path / "b.safetensors")
    with pytest.raises(WsimError, match="is missing") as caught:
        load_variables(tmp_path / "b.safetensors")
    assert caught.value.where == str(tmp_path / "b.safetensors")
    (tmp_path / "renamed.pt").write_bytes((tmp_path / "b.safetensors").read_bytes())
    with pytest.raises(WsimError, match="cannot read TorchScript") as caught:
        i3d_features.identity_of(tmp_path / "renamed.pt")
    assert "would be unpickled" in caught.value.remedy and "." not in caught.value.problem
    with pytest.raises(WsimError, match="not available: no such file"):
        find_i3d(Path())
    halves = {"Conv3d_1a_7x7.conv3d.weight": torch.zeros(2, dtype=torch.bfloat16)}  # of no kernel's shape
    safetensors.torch.save_file(halves, tmp_path / "d.safetensors")
    with pytest.raises(WsimError, match=r"conv_3d/w has shape \(2,\)"):
        load_variables(tmp_path / "d.safetensors")
    with pytest.raises(WsimError, match="no format of weights"):
        load_variables(tmp_path / "c.ckpt")
    with pytest.raises(WsimError, match="no weights that can be fetched"):
        fetching.fetch("clap", tmp_path)
