"""Requests, formats, errors and the registry: the small promises everything else leans on."""

import dataclasses

import numpy as np
import pytest

import wsim
from wsim import ClipFormat, Context, ModelInfo, Request, WsimError
from wsim.contracts import canonical_json
from wsim.registry import find, plugins


def request(**changes: object) -> Request:
    base = Request(num_frames=5, size=(8, 6), fps=8.0, seed=3, text="a ball falls")
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def test_the_digest_of_a_request_covers_everything_the_model_is_told() -> None:
    frames = np.zeros((1, 8, 6, 3), np.uint8)
    brighter = frames + 1
    variants = [
        request(),
        request(num_frames=9),
        request(size=(6, 8)),
        request(fps=16.0),
        request(seed=4),
        request(text=None),
        request(context=Context(frames, (0,))),
        request(context=Context(brighter, (0,))),
        request(context=Context(frames, (4,))),
        request(actions=np.zeros((5, 2))),
    ]
    assert len({r.digest for r in variants}) == len(variants)
    assert request().digest == request().digest


def test_formats_count_frames_in_seconds() -> None:
    clip = ClipFormat(25, 64, 64, 16.0)
    assert clip.duration_s == 1.5
    assert clip.frames_until(0.5) == 9  # frames 0..8, the last one at 0.5 s
    assert clip.frames_until(0.0) == 1
    assert clip.frames_until(99.0) == 25
    assert str(clip) == "25x64x64@16"
    assert clip.lasting(1.0) == clip and clip.lasting(2.0).num_frames == 33


def test_tracks_follow_from_what_a_model_accepts() -> None:
    info = ModelInfo("m", "a/1", None, frozenset({"text", "context"}))
    assert info.tracks == ("text", "video")


def test_canonical_json_refuses_nan() -> None:
    assert canonical_json({"b": 1, "a": [1.5, None]}) == '{"a":[1.5,null],"b":1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))


def test_errors_are_three_lines() -> None:
    error = WsimError("unknown thing 'x'", where="file.toml, line 7", remedy="use y")
    assert str(error).splitlines() == ["error: unknown thing 'x'", "  in file.toml, line 7", "  use y"]
    assert error.exit_code == 2


def test_unknown_names_come_with_a_suggestion() -> None:
    with pytest.raises(WsimError) as caught:
        find("probes", "geometry/rigidty")
    assert 'did you mean "geometry/rigidity"?' in caught.value.remedy


def test_summaries_are_read_without_importing() -> None:
    for group in ("probes", "models", "reports"):
        for plugin in plugins(group).values():
            assert plugin.summary and not plugin.summary.startswith("broken"), plugin.name


def test_everything_public_is_exported() -> None:
    for name in wsim.__all__:
        assert hasattr(wsim, name)
