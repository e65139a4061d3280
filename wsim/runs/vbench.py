"""The two files of VBench: `*_full_info.json`, what was asked, and `*_eval_results.json`, what came of it.

Huang et al., VBench: Comprehensive Benchmark Suite for Video Generative Models, CVPR 2024. The first is a
list of `{"prompt_en", "dimension": [...], "video_list": [...]}`, the second an object from each dimension to
`[mean, [{"video_path", "video_results"}, ...]]`. VBench writes NaN where nothing was measured, which is no
JSON: it is read as absent, and never written.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from wsim.errors import WsimError


@dataclass(frozen=True)
class PromptInfo:
    """A prompt, the dimensions that it is judged on, and the names of its videos."""

    prompt: str
    dimensions: tuple[str, ...]
    videos: tuple[str, ...] = ()
    auxiliary: Mapping[str, Any] = field(default_factory=dict)


def read_full_info(path: Path) -> list[PromptInfo]:
    """The prompts of a `*_full_info.json`.

    Raises:
        WsimError: it cannot be read, or is something else.
    """
    try:
        return [_prompt(entry) for entry in _content(path)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not("a list of prompts with prompt_en and dimension", path) from error


def write_full_info(path: Path, prompts: Sequence[PromptInfo]) -> None:
    """Write prompts as VBench reads them."""
    entries = [
        {
            "prompt_en": prompt.prompt,
            "dimension": list(prompt.dimensions),
            **({"auxiliary_info": dict(prompt.auxiliary)} if prompt.auxiliary else {}),
            "video_list": list(prompt.videos),
        }
        for prompt in prompts
    ]
    _write(path, entries)


def read_eval_results(path: Path) -> dict[str, dict[str, float]]:
    """The result of every video, by dimension and then by its path as it stands in the file.

    True and false (VBench's dynamic degree) are 1 and 0. Means are left out: they follow.

    Raises:
        WsimError: it cannot be read, or is something else.
    """
    try:
        return {str(name): _results(value[1]) for name, value in _content(path).items()}
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise _not("an object from dimensions to [mean, [results]]", path) from error


def eval_results(results: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Results by dimension and video in VBench's form; a dimension without a finite result is left out."""
    finite = {
        name: {video: value for video, value in videos.items() if math.isfinite(value)}
        for name, videos in results.items()
    }
    return {
        name: [fmean(videos.values()), [{"video_path": v, "video_results": x} for v, x in videos.items()]]
        for name, videos in finite.items()
        if videos
    }


def _prompt(entry: Mapping[str, Any]) -> PromptInfo:
    dimensions = entry["dimension"]
    if not isinstance(entry["prompt_en"], str) or not isinstance(dimensions, list):
        raise TypeError
    videos = tuple(str(video) for video in entry.get("video_list", ()))
    return PromptInfo(
        entry["prompt_en"], tuple(map(str, dimensions)), videos, entry.get("auxiliary_info", {})
    )


def _results(videos: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    found = {str(video["video_path"]): float(video["video_results"]) for video in videos}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _content(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WsimError(
            f"cannot read the file of VBench: {error}",
            where=str(path),
            remedy="give JSON as VBench writes it",
        ) from error


def _write(path: Path, content: Any) -> None:
    path.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )


def _not(what: str, path: Path) -> WsimError:
    return WsimError(f"this is not {what}", where=str(path), remedy="give JSON as VBench writes it")
