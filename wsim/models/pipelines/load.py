"""Loading a pipeline of diffusers: `diffusers:FOLDER` or `diffusers:ORG/NAME@REVISION`, with its options."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from wsim.contracts import Json
from wsim.errors import WsimError
from wsim.models.pipelines.codec import PipelineWithCodec, has_codec
from wsim.models.pipelines.files import file_digest, find_pipeline, pipeline_digest, read_index
from wsim.models.pipelines.model import Identity, PipelineModel
from wsim.models.pipelines.options import call_options, clip_of
from wsim.models.pipelines.traits import read_traits

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
Offload = Literal["none", "model", "sequential"]
_KEPT_FLOAT32 = frozenset({"AutoencoderKLWan"})  # visibly worse at half precision, by its authors' advice


def load(
    source: str,
    steps: int | None = None,
    guidance: float | None = None,
    negative: str | None = None,
    strength: float | None = None,
    size: str | None = None,
    frames: int | None = None,
    fps: float | None = None,
    dtype: Precision = "auto",
    device: Device = "auto",
    offload: Offload = "none",
    lora: Path | None = None,
    lora_scale: float = 1.0,
    variant: str | None = None,
    pickle: bool = False,
    **arguments: str,
) -> PipelineModel:
    """A video pipeline of diffusers: a folder with model_index.json, or ORG/NAME@REVISION of the hub.

    Args:
        source: the folder, or the repository with all 40 digits of a revision.
        steps: denoising steps; the pipeline's own default if not given, as for the next three.
        guidance: classifier-free guidance.
        negative: the negative prompt.
        strength: how much of a given video is redrawn, 0..1, where the pipeline redraws one.
        size: WIDTHxHEIGHT of the clips that are asked for, pixels; by default what the pipeline was made for.
        frames: their number.
        fps: their frame rate.
        dtype: precision of the weights; `auto` is bfloat16 on a GPU and float32 on a CPU.
        device: where it runs; `auto` is cuda when there is one.
        offload: `model` or `sequential` moves parts to the GPU only while they work.
        lora: a LoRA in safetensors.
        lora_scale: its weight.
        variant: of the weight files (`fp16`).
        pickle: also read pickled weights (.bin), where there are no safetensors. torch reads them as tensors
            alone (`weights_only`), but give it only for files that you trust.
        arguments: any other argument of the pipeline's call, as JSON or as plain text.

    Raises:
        WsimError: diffusers is not installed; no such pipeline, or one that cannot be used; an option that
            does not fit it.
    """
    diffusers, torch = _libraries()
    folder, name = find_pipeline(source, variant=variant, pickle=pickle)
    index = read_index(folder)
    device, dtype = _placed(device, dtype, offload, torch)
    precisions = _precisions(index, dtype, torch)
    pipeline = _load(diffusers, folder, index, precisions, variant, pickle=pickle)
    traits = read_traits(pipeline)
    options = call_options(
        traits, arguments, steps=steps, guidance=guidance, negative=negative, strength=strength
    )
    made_with: dict[str, Json] = {"dtype": dtype, "device": device}
    if variant:
        made_with["variant"] = variant
    if pickle:
        made_with["pickle"] = True
    if lora:
        made_with["lora"] = _with_lora(pipeline, lora, lora_scale)
    _place(pipeline, device, offload)
    identity = Identity(name, pipeline_digest(folder, pickle=pickle), made_with)
    kind = PipelineWithCodec if has_codec(pipeline) else PipelineModel
    return kind(pipeline, traits, clip_of(traits.own, size, frames, fps), identity, options)


def _libraries() -> tuple[Any, Any]:
    try:
        import diffusers
        import torch
        import transformers  # noqa: F401  # diffusers imports without it, but no pipeline loads
    except (ImportError, RuntimeError) as error:
        raise WsimError(
            f"pipelines of diffusers cannot be loaded here ({str(error).splitlines()[0]})",
            where="diffusers:SOURCE",
            remedy="pip install 'wsim[diffusers]'; `wsim doctor` says whether torchvision stands in the way",
        ) from error
    return diffusers, torch


def _placed(device: str, dtype: str, offload: str, torch: Any) -> tuple[Any, Any]:
    """Device and precision with `auto` resolved."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if (device == "cuda" and not torch.cuda.is_available()) or (offload != "none" and device == "cpu"):
        raise WsimError(
            f"device={device} offload={offload} is not possible here",
            where="the options of the pipeline",
            remedy="offloading moves parts to a GPU and back; without one leave both options out",
        )
    return device, ("float32" if device == "cpu" else "bfloat16") if dtype == "auto" else dtype


def _precisions(index: dict[str, Any], dtype: str, torch: Any) -> Any:
    """One precision, or one for each component where some are kept at float32."""
    kept = [name for name, value in index.items() if isinstance(value, list) and value[1] in _KEPT_FLOAT32]
    if dtype == "float32" or not kept:
        return getattr(torch, dtype)
    return {"default": getattr(torch, dtype), **dict.fromkeys(kept, torch.float32)}


def _load(
    diffusers: Any, folder: Path, index: dict[str, Any], dtype: Any, variant: str | None, *, pickle: bool
) -> Any:
    import torch
    import transformers

    unchecked = {"safety_checker": None} if "StableDiffusionSafetyChecker" in str(index) else {}
    try:
        with _quietly(diffusers, transformers), torch.random.fork_rng():
            _known(diffusers, index["_class_name"], folder)
            pipeline = diffusers.DiffusionPipeline.from_pretrained(
                folder,
                torch_dtype=dtype,
                variant=variant,
                use_safetensors=None if pickle else True,
                local_files_only=True,
                **unchecked,
            )
    except (OSError, ValueError, ImportError, TypeError, KeyError, RuntimeError) as error:
        missing = _missing(folder, index)
        why = f"its {', '.join(missing)} cannot be found" if missing else " ".join(str(error).split())[:300]
        raise WsimError(
            f"the pipeline does not load: {why}",
            where=str(folder),
            remedy="save_pretrained writes all that a pipeline needs, in safetensors; other weights are read "
            "only if you trust them and say -m pickle=true",
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _missing(folder: Path, index: dict[str, Any]) -> list[str]:
    """The parts of a pipeline that its index names and its folder has not; diffusers names none of them."""
    named = [name for name, value in index.items() if isinstance(value, list) and value[0] is not None]
    return [name for name in named if not (folder / name).is_dir()]


def _known(diffusers: Any, kind: str, folder: Path) -> None:
    if not hasattr(diffusers, kind):
        raise WsimError(
            f"diffusers {diffusers.__version__} has no {kind}",
            where=str(folder),
            remedy="pip install -U diffusers",
        )


@contextmanager
def _quietly(*libraries: Any) -> Iterator[None]:
    """Without the bars and notes of loading: wsim has a bar of its own, and tells what went wrong."""
    logs = [library.utils.logging for library in libraries]
    levels = [log.get_verbosity() for log in logs]
    barred = [log.is_progress_bar_enabled() for log in logs]
    for log in logs:
        log.set_verbosity_error()
        log.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # `torch_dtype`, the name that all versions know
            yield
    finally:
        for log, level, bar in zip(logs, levels, barred, strict=True):
            log.set_verbosity(level)
            if bar:
                log.enable_progress_bar()


def _with_lora(pipeline: Any, lora: Path, scale: float) -> dict[str, Json]:
    """Fuse a LoRA into the pipeline, and say which."""
    if lora.suffix != ".safetensors" or not lora.is_file():
        raise WsimError(
            "no such file" if lora.suffix == ".safetensors" else "a LoRA must be a .safetensors file",
            where=str(lora),
            remedy="-m lora=FILE.safetensors; other formats could run code when read",
        )
    try:
        pipeline.load_lora_weights(lora.parent, weight_name=lora.name, adapter_name="wsim")
        pipeline.set_adapters(["wsim"], [scale])
    except (OSError, ValueError, AttributeError, RuntimeError, KeyError) as error:
        raise WsimError(
            f"the LoRA does not fit {type(pipeline).__name__}: {' '.join(str(error).split())[:200]}",
            where=str(lora),
            remedy="it must have been trained for this pipeline; LoRA needs `pip install 'wsim[diffusers]'`",
        ) from error
    return {"file": lora.name, "sha256": file_digest(lora), "scale": scale}


def _place(pipeline: Any, device: str, offload: str) -> None:
    if offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    elif offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=device)
    else:
        pipeline.to(device)
