"""Words, checkpoints and the model around them: round trips, damage, and independence of requests."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from wsim import Context, Request, Video, WsimError
from wsim.precision import fast_dtype
from wsim.testing import assert_ok, check_model
from wsim_reference import checkpoint
from wsim_reference import model as model_module
from wsim_reference.config import PRESETS
from wsim_reference.model import ReferenceModel, find_weights, load
from wsim_reference.sampler import SamplerSettings
from wsim_reference.text import NULL, PADDING, Vocabulary, split_words, vocabulary_of

# As the first checkpoints were: words and prefixes, one size.
NANO = PRESETS["nano"].replace(
    latent_mean=(0.1,) * 8,
    latent_std=(0.9,) * 8,
    sizes=(),
    lengths=(),
    rates=(),
    transformer=replace(PRESETS["nano"].transformer, conditioned=False),
)
VOCABULARY = vocabulary_of(["A red ball rolls right.", "a blue box, still"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    weights = {part: network.state_dict() for part, network in checkpoint.build(NANO).items()}
    with torch.no_grad():
        for value in weights["transformer"].values():
            value += 0.05 * torch.randn(value.shape)
    checkpoint.save(tmp_path / "tiny", NANO, VOCABULARY, weights, {"train": {"steps": 0}})
    return tmp_path / "tiny"


@pytest.fixture
def model(folder: Path) -> ReferenceModel:
    return ReferenceModel(folder, SamplerSettings(steps=3), "cpu")


def frames(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)


def request(seed: int, text: str | None = None, known: int = 0) -> Request:
    context = Context(frames(known), tuple(range(known))) if known else None
    return Request(9, (32, 32), 16.0, seed, text, context)


def test_words_there_and_back() -> None:
    caption = "A red ball, rolls: RIGHT"
    ids = VOCABULARY.encode(caption, 8)
    assert len(ids) == 8 and ids[5:] == [PADDING] * 3
    assert VOCABULARY.decode(ids) == "a red ball rolls right"
    assert split_words("the ball's 2nd bounce") == ["the", "ball", "s", "2nd", "bounce"]


@pytest.mark.parametrize("text", [None, "", "  ?! ", "\u96ea"])
def test_no_words_are_the_null_token(text: str | None) -> None:
    assert VOCABULARY.encode(text, 4) == [NULL, PADDING, PADDING, PADDING]


def test_unknown_words_share_buckets_and_long_captions_are_cut() -> None:
    ids = VOCABULARY.encode("zebra red zebra quagga", 4)
    assert ids[0] == ids[2] and 2 <= ids[0] < 66 <= ids[1] and ids[3] != ids[1]
    assert VOCABULARY.decode(ids) == "<unknown> red <unknown> <unknown>"
    assert len(VOCABULARY.encode("red " * 100, 12)) == 12
    assert max(ids) < VOCABULARY.size


def test_weights_there_and_back(folder: Path) -> None:
    loaded = checkpoint.load(folder)
    assert loaded.config == NANO and loaded.vocabulary == VOCABULARY and loaded.facts["train"] == {"steps": 0}
    copy = {
        "autoencoder": loaded.autoencoder.state_dict(),
        "transformer": loaded.transformer.state_dict(),
    }
    checkpoint.save(folder.parent / "copy", NANO, VOCABULARY, copy, {"train": {"steps": 0}})
    for path in folder.iterdir():
        assert path.read_bytes() == (folder.parent / "copy" / path.name).read_bytes()
    assert checkpoint.load(folder.parent / "copy").digest == loaded.digest


def test_large_weights_are_split(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SHARD_BYTES", 60_000)
    networks = checkpoint.build(NANO)
    weights = {part: network.state_dict() for part, network in networks.items()}
    checkpoint.save(folder.parent / "split", NANO, VOCABULARY, weights, {})
    names = sorted(path.name for path in (folder.parent / "split").glob("transformer-*"))
    assert len(names) > 2 and names[0] == "transformer-00001.safetensors"
    loaded = checkpoint.load(folder.parent / "split").transformer.state_dict()
    for name, value in weights["transformer"].items():
        assert torch.equal(loaded[name], value.bfloat16().float())


def expect_error(folder: Path, problem: str) -> None:
    with pytest.raises(WsimError, match=problem) as error:
        checkpoint.load(folder)
    assert len(str(error.value).splitlines()) == 3 and str(folder) in str(error.value)


def reseal(folder: Path, **changes: object) -> None:
    """Write a config.json that is whole but says something else."""
    path = folder / "config.json"
    head = json.loads(path.read_text()) | changes
    del head["config_sha256"]
    path.write_text(json.dumps({**head, "config_sha256": checkpoint.seal(head)}))


def test_a_flipped_bit_is_found(folder: Path) -> None:
    path = folder / "transformer.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    expect_error(folder, "transformer.safetensors does not match its digest")


def test_a_truncated_file_is_found(folder: Path) -> None:
    path = folder / "autoencoder.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    expect_error(folder, "autoencoder.safetensors has \\d+ bytes instead of \\d+")


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / "vocab.json").unlink()
    expect_error(folder, "vocab.json is missing")


def test_an_edited_configuration_is_found(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(path.read_text().replace('"fps": 16.0', '"fps": 25.0'))
    expect_error(folder, "config.json does not match its own digest")


def test_other_formats_and_empty_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    reseal(folder, format_version=99)
    expect_error(folder, "checkpoint format 99 is unknown")
    expect_error(tmp_path, "holds no reference model")
    (folder / "config.json").write_text("{")
    expect_error(folder, "config.json cannot be read")


def test_missing_unknown_and_misshapen_tensors_are_found(folder: Path) -> None:
    import hashlib

    import safetensors.torch

    path = folder / "transformer.safetensors"
    tensors = safetensors.torch.load(path.read_bytes())
    name = "patch_out.bias"
    cases = {
        "lacks the tensor 'patch_out.bias'": {k: v for k, v in tensors.items() if k != name},
        "unknown tensor 'extra'": tensors | {"extra": torch.zeros(2)},
        "'patch_out.bias' has shape \\[3\\] instead of \\[32\\]": tensors | {name: torch.zeros(3)},
    }
    for problem, changed in cases.items():
        data = safetensors.torch.save(changed)
        path.write_bytes(data)
        files = json.loads((folder / "config.json").read_text())["files"]
        files[path.name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        reseal(folder, files=files)
        expect_error(folder, problem)


def test_vocabularies_of_other_versions_are_refused(folder: Path) -> None:
    from wsim_reference.text import vocabulary_from_json

    assert vocabulary_from_json(VOCABULARY.to_json(), folder) == VOCABULARY
    for text in ("[]", "{}", '{"words": [], "buckets": 3}'):
        with pytest.raises(WsimError):
            vocabulary_from_json(text, folder)


def test_requests_are_answered_alike_alone_and_together(model: ReferenceModel) -> None:
    asked = [request(1, "a red ball"), request(2, None, known=5), request(3, "a zebra!", known=1)]
    together = [video.digest for video in model.generate(asked)]
    alone = [next(model.generate([one])).digest for one in reversed(asked)]
    assert together == alone[::-1]
    assert len(set(together)) == 3


def test_seed_text_and_prefix_each_matter(model: ReferenceModel) -> None:
    asked = [request(1), request(2), request(1, "red"), request(1, known=1), request(1, known=5)]
    videos = list(model.generate(asked))
    assert len({video.digest for video in videos}) == len(videos)
    assert all(video.frames.shape == (9, 32, 32, 3) and video.fps == 16.0 for video in videos)


def test_the_longest_usable_prefix_is_used(model: ReferenceModel) -> None:
    # 5, 6, 7 and 8 frames use 5; the first frames come back as the codec shows them.
    digests = {next(model.generate([request(1, "red", known=n)])).digest for n in (5, 6, 7, 8)}
    assert len(digests) == 1


def test_a_prompt_far_longer_than_the_window_is_cut(model: ReferenceModel) -> None:
    assert len(next(model.generate([request(1, "a quick brown fox " * 200)]))) == 9


@pytest.mark.parametrize(("count", "height", "width"), [(1, 32, 32), (6, 32, 32), (25, 30, 41)])
def test_round_trip_takes_any_clip(model: ReferenceModel, count: int, height: int, width: int) -> None:
    clip = np.zeros((count, height, width, 3), np.uint8)
    back = model.round_trip(Video(clip, 10.0))
    assert back.frames.shape == clip.shape and back.fps == 10.0


def test_info_says_who_answers(model: ReferenceModel, folder: Path) -> None:
    info = model.info
    assert info.name == "reference:tiny" and info.digest == checkpoint.load(folder).digest
    assert info.accepts == {"text", "first_frame", "context"} and info.formats == (NANO.clip,)
    assert info.codec == model.info.codec != info.digest
    assert info.settings["steps"] == 3 and info.tracks == ("text", "image", "video")


def test_the_transformer_runs_in_the_numbers_that_are_asked_for(folder: Path) -> None:
    models = [load(str(folder), steps=3, precision=name) for name in ("float32", "bfloat16")]
    assert [model.info.settings["precision"] for model in models] == ["float32", "bfloat16"]
    assert load(str(folder)).info.settings["precision"] == str(fast_dtype("cpu")).removeprefix("torch.")
    whole, half = (next(model.generate([request(1, "red")])).frames.astype(int) for model in models)
    assert 0 < np.abs(whole - half).mean() < 2.0
    trips = [model.round_trip(Video(whole.astype(np.uint8), 8.0)).digest for model in models]
    assert trips[0] == trips[1]
    with pytest.raises(WsimError, match="precision=float16 is not known"):
        load(str(folder), precision="float16")


def test_it_keeps_the_contract_of_models(model: ReferenceModel) -> None:
    """Weights that were never trained bring nothing back, and leave nothing else to say."""
    findings = check_model(model, repeats=4)
    untrained = ("starts from", "uses camera", "uses actions")
    assert [one for one in findings if one.level != "ok" and not one.check.startswith(untrained)] == []
    assert_ok(findings)


def test_other_formats_and_gaps_are_refused(model: ReferenceModel) -> None:
    with pytest.raises(WsimError, match="makes clips of 9x32x32@16"):
        next(model.generate([Request(9, (64, 64), 16.0, 0)]))
    gap = Request(9, (32, 32), 16.0, 0, None, Context(frames(2), (0, 8)))
    with pytest.raises(WsimError, match="not a prefix"):
        next(model.generate([gap]))


def test_unknown_weights_and_impossible_options_are_refused() -> None:
    with pytest.raises(WsimError, match="no reference checkpoint 'tremendous'"):
        find_weights("tremendous")
    with pytest.raises(WsimError, match="steps=0"):
        load(steps=0)


def test_an_installation_without_weights_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "WEIGHTS", tmp_path / "nothing")
    with pytest.raises(WsimError, match="no reference checkpoint") as error:
        load()
    assert "none ships" in str(error.value)


def test_vocabulary_sizes() -> None:
    assert Vocabulary(()).size == 66
    assert VOCABULARY.words == ("a", "ball", "blue", "box", "red", "right", "rolls", "still")
