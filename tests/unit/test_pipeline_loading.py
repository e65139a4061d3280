"""What is loaded, from where, with which options, and what is said when it cannot be."""

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wsim.contracts import ClipFormat, Request
from wsim.errors import WsimError
from wsim.models.pipelines import files, options
from wsim.models.pipelines.files import find_pipeline, pipeline_digest, read_index
from wsim.models.resolve import resolve_model

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import tiny_pipelines

installed = pytest.mark.skipif(
    importlib.util.find_spec("diffusers") is None, reason="needs the extra `diffusers`"
)
SMALL = {"steps": "1", "size": "32x16", "frames": "5"}
REVISION = "0123456789abcdef" * 2 + "01234567"
ASKED = Request(5, (16, 32), 16.0, 1, text="a ball")


@pytest.fixture(scope="module")
def wan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save(tiny_pipelines.wan, tmp_path_factory.mktemp("pipeline") / "wan")


def failure(act: Callable[[], object]) -> WsimError:
    with pytest.raises(WsimError) as caught:
        act()
    assert len(str(caught.value).splitlines()) == 3
    return caught.value


def test_without_the_extra_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "WanPipeline"}))
    monkeypatch.setitem(sys.modules, "diffusers", None)
    assert "pip install 'wsim[diffusers]'" in failure(lambda: resolve_model(str(tmp_path))).remedy
    assert "pip install 'wsim[diffusers]'" in failure(lambda: resolve_model("diffusers:a/b@c")).remedy


@pytest.mark.parametrize(
    "source", ["org/name", "org/name@main", "org/name@" + REVISION[:12], "../x@" + REVISION]
)
def test_a_name_needs_the_whole_revision(source: str) -> None:
    assert "40 digits" in failure(lambda: find_pipeline(source)).remedy


@pytest.mark.parametrize(
    "index",
    [
        {"_class_name": ["mine", "Pipeline"]},
        {"_class_name": "WanPipeline", "vae": ["my_module", "Vae"]},
        {"_class_name": "WanPipeline", "vae": ["os", "system"]},
    ],
)
def test_foreign_code_is_refused(index: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    assert "code of its own" in failure(lambda: read_index(tmp_path)).problem


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"_class_name": "A", "vae": [1]}'])
def test_a_damaged_index_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(text)
    assert "cannot be read" in failure(lambda: read_index(tmp_path)).problem


def test_the_digest_is_of_weights_and_configuration_and_of_nothing_else(tmp_path: Path) -> None:
    index = {
        "_class_name": "WanPipeline",
        "vae": ["diffusers", "AutoencoderKLWan"],
        "image_encoder": [None, None],
    }
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    (tmp_path / "vae").mkdir()
    weights, settings = tmp_path / "vae/model.safetensors", tmp_path / "vae/config.json"
    weights.write_bytes(b"w"), settings.write_text("{}")
    before = pipeline_digest(tmp_path)
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "vae/old.bin").write_bytes(b"pickled")
    assert pipeline_digest(tmp_path) == before
    weights.write_bytes(b"v")
    after = pipeline_digest(tmp_path)
    settings.write_text("[]")
    assert len({before, after, pipeline_digest(tmp_path)}) == 3


@installed
def test_a_pipeline_that_was_never_fetched_is_told_without_a_network(tmp_path: Path) -> None:
    error = failure(lambda: files.find_pipeline(f"nobody/nothing@{REVISION}"))
    assert "cannot be had" in error.problem and error.exit_code == 3


@installed
def test_a_pipeline_of_the_hub_is_found_where_the_hub_keeps_it(
    wan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache of the hub laid out by hand: what was fetched once is read again without a network."""
    import huggingface_hub

    snapshot = tmp_path / "models--org--tiny" / "snapshots" / REVISION
    shutil.copytree(wan, snapshot)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    folder, name = find_pipeline(f"org/tiny@{REVISION}")
    assert folder == snapshot and name == f"org/tiny@{REVISION[:8]}"
    assert pipeline_digest(folder) == pipeline_digest(wan)


@installed
def test_options_reach_the_call_and_the_manifest(wan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = resolve_model(
        str(wan), {**SMALL, "guidance": "3.5", "negative": "blur", "max_sequence_length": "16"}
    )
    settings = model.info.settings
    assert settings["num_inference_steps"] == 1 and settings["guidance_scale"] == 3.5
    assert settings["negative_prompt"] == "blur" and settings["max_sequence_length"] == 16
    assert settings["dtype"] == "float32" and settings["made at"] == "5x16x32@16"
    seen = {}
    original = type(model._pipeline).__call__  # type: ignore[attr-defined]

    def spy(self: object, **arguments: object) -> object:
        seen.update(arguments)
        return original(self, **arguments)

    monkeypatch.setattr(type(model._pipeline), "__call__", spy)  # type: ignore[attr-defined]
    list(model.generate([ASKED]))
    assert seen["guidance_scale"] == 3.5 and seen["num_frames"] == 5 and seen["prompt"] == "a ball"


@installed
def test_the_pipelines_own_clip_is_the_default(wan: Path) -> None:
    info = resolve_model(str(wan)).info
    assert info.formats == (ClipFormat(81, 480, 832, 16.0),) and info.settings["num_inference_steps"] == 50
    assert resolve_model(f"diffusers:{wan}").info.digest == info.digest


@installed
@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"stps": "3"}, "no option 'stps'"),
        ({"num_frames": "3"}, "no option 'num_frames'"),
        ({"size": "32"}, "no size"),
        ({"frames": "-1"}, "impossible clip"),
        ({"device": "tpu"}, "cannot be 'tpu'"),
        ({"device": "cpu", "offload": "model"}, "not possible here"),
        ({"lora": "x.bin"}, "must be a .safetensors file"),
        ({"lora": "x.safetensors"}, "no such file"),
        ({"strength": "0.5"}, "no option 'strength'"),
    ],
)
def test_options_that_do_not_fit_are_told(chosen: dict[str, str], words: str, wan: Path) -> None:
    assert words in failure(lambda: resolve_model(str(wan), chosen)).problem


@installed
def test_pickled_weights_are_not_read(wan: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = shutil.copytree(wan, tmp_path / "pickled")
    weights = folder / "vae/diffusion_pytorch_model.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    assert "-m pickle=true" in failure(lambda: resolve_model(str(folder))).remedy
    model, safe = resolve_model(str(folder), {**SMALL, "pickle": "true"}), resolve_model(str(wan), SMALL)
    assert next(model.generate([ASKED])).digest == next(safe.generate([ASKED])).digest
    assert model.info.settings["pickle"] is True and "pickle" not in safe.info.settings
    weights.with_suffix(".bin").write_bytes(weights.with_suffix(".bin").read_bytes() + b"0")
    assert pipeline_digest(folder, pickle=True) != model.info.digest


@installed
def test_a_pickle_that_would_run_code_is_refused_even_when_pickles_are_allowed(
    wan: Path, tmp_path: Path
) -> None:
    import torch

    folder, trace = shutil.copytree(wan, tmp_path / "armed"), tmp_path / "ran"
    weights = folder / "vae/diffusion_pytorch_model.safetensors"
    weights.unlink()
    armed = type("Armed", (), {"__reduce__": lambda self: (Path.touch, (trace,))})()
    torch.save({"decoder.conv_in.weight": armed}, weights.with_suffix(".bin"))
    assert "does not load" in failure(lambda: resolve_model(str(folder), {"pickle": "true"})).problem
    assert not trace.exists()


@installed
def test_missing_parts_are_told_and_extra_ones_change_nothing(wan: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(wan, tmp_path / "parts")
    before = next(resolve_model(str(folder), SMALL).generate([ASKED])).digest
    (folder / "notes").mkdir()
    (folder / "notes/config.json").write_text("{}")
    (folder / "evil.py").write_text("raise SystemExit('was run')")
    model = resolve_model(str(folder), SMALL)
    assert next(model.generate([ASKED])).digest == before and model.info.digest == pipeline_digest(wan)
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(
        json.dumps({**index, "refiner": ["diffusers", "AutoencoderKLWan"]})
    )
    assert next(resolve_model(str(folder), SMALL).generate([ASKED])).digest == before
    (folder / "model_index.json").write_text(json.dumps(index))
    for part in ("scheduler/scheduler_config.json", "vae/diffusion_pytorch_model.safetensors", "transformer"):
        (folder / part).rename(tmp_path / "away")
        problem = failure(lambda: resolve_model(str(folder), SMALL)).problem
        assert "does not load" in problem and part.partition("/")[0] in problem
        (tmp_path / "away").rename(folder / part)


@installed
def test_weights_that_are_no_numbers_are_an_error_and_no_video(wan: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(wan, tmp_path / "nan")
    weights = folder / "vae/diffusion_pytorch_model.safetensors"
    save_file({name: value * float("nan") for name, value in load_file(weights).items()}, weights)
    model = resolve_model(str(folder), SMALL)
    assert "no numbers" in failure(lambda: list(model.generate([ASKED]))).problem


@installed
def test_a_pipeline_of_pictures_is_refused(wan: Path) -> None:
    from diffusers import StableDiffusionPipeline

    from wsim.models.pipelines.traits import read_traits

    pictures = StableDiffusionPipeline.__new__(StableDiffusionPipeline)
    assert "makes no videos" in failure(lambda: read_traits(pictures)).problem


@installed
def test_half_precision_keeps_the_autoencoder_of_wan_whole(wan: Path) -> None:
    import torch

    model = resolve_model(str(wan), {**SMALL, "dtype": "bfloat16"})
    pipeline = model._pipeline  # type: ignore[attr-defined]
    assert pipeline.transformer.dtype == torch.bfloat16 and pipeline.vae.dtype == torch.float32
    (video,) = model.generate([ASKED])
    assert video.size == (16, 32)


@installed
def test_a_lora_changes_the_video_and_its_identity(wan: Path, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    import torch
    from diffusers import DiffusionPipeline
    from peft import LoraConfig, get_peft_model_state_dict

    pipeline = DiffusionPipeline.from_pretrained(wan, local_files_only=True)
    pipeline.transformer.add_adapter(
        LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False)
    )
    layers = get_peft_model_state_dict(pipeline.transformer)
    type(pipeline).save_lora_weights(tmp_path, transformer_lora_layers={k: 20 * v for k, v in layers.items()})
    lora = str(tmp_path / "pytorch_lora_weights.safetensors")
    plain, changed, off = (
        resolve_model(str(wan), {**SMALL, **more})
        for more in ({}, {"lora": lora}, {"lora": lora, "lora_scale": "0"})
    )
    videos = [next(iter(model.generate([ASKED]))).frames for model in (plain, changed, off)]
    assert (videos[0] != videos[1]).any() and (videos[0] == videos[2]).all()
    assert changed.info.settings["lora"]["file"] == "pytorch_lora_weights.safetensors"  # type: ignore[index,call-overload]
    assert plain.info.digest == changed.info.digest and plain.info.settings != changed.info.settings
    assert torch.is_grad_enabled()


def test_values_are_read_as_json_else_as_text() -> None:
    assert [options._value(text) for text in ("3", "0.5", "true", "[1, 2]", "blur, noise")] == [
        3, 0.5, True, [1, 2], "blur, noise",
    ]  # fmt: skip
