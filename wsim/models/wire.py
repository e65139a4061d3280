"""Requests and what models say of themselves as JSON, for models in other processes and on other machines.

Pictures travel as PNG in base64: exact, and read by any program. Nothing that arrives is trusted.

Axis letters: `known` frames, `time` frames, `height` and `width` pixels.
"""

import base64
import binascii
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from jaxtyping import UInt8
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wsim.contracts import Camera, Capability, ClipFormat, Context, Json, ModelInfo, Request
from wsim.errors import WsimError
from wsim.video import Video

REQUEST_SCHEMA = "wsim.request/1"
MODEL_SCHEMA = "wsim.model/1"
CODING_SCHEMA = "wsim.coding/1"
MOST_FRAMES, MOST_PIXELS = 4096, 1 << 30  # of a clip

_Size = Annotated[int, Field(ge=1, le=8192)]
_Numbers = list[Annotated[float, Field(allow_inf_nan=False)]]
_Matrices = Annotated[list[Annotated[list[_Numbers], Field(max_length=4)]], Field(max_length=MOST_FRAMES)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Context(_Strict):
    indices: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=MOST_FRAMES)]
    frames: Annotated[list[str], Field(min_length=1, max_length=MOST_FRAMES)]


class _Camera(_Strict):
    world_from_camera: _Matrices
    intrinsics: _Matrices


class _Request(_Strict):
    schema_name: Annotated[Literal["wsim.request/1"], Field(alias="schema")]
    num_frames: Annotated[int, Field(ge=1, le=MOST_FRAMES)]
    size: tuple[_Size, _Size]
    fps: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
    seed: Annotated[int, Field(ge=0)]
    text: Annotated[str, Field(max_length=100_000)] | None = None
    context: _Context | None = None
    camera: _Camera | None = None
    actions: Annotated[list[_Numbers], Field(max_length=MOST_FRAMES)] | None = None


class _Coding(_Strict):
    schema_name: Annotated[Literal["wsim.coding/1"], Field(alias="schema")]
    size: tuple[_Size, _Size]
    fps: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
    frames: Annotated[list[str], Field(min_length=1, max_length=MOST_FRAMES)]


class _Format(_Strict):
    num_frames: Annotated[int, Field(ge=1, le=MOST_FRAMES)]
    height: _Size
    width: _Size
    fps: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]


_Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Info(_Strict):
    schema_name: Annotated[Literal["wsim.model/1"], Field(alias="schema")]
    name: _Line
    adapter: _Line
    digest: _Digest | None = None
    accepts: Annotated[list[Capability], Field(max_length=16)]
    formats: Annotated[list[_Format], Field(max_length=64)] = []
    settings: Annotated[dict[str, Any], Field(max_length=200)] = {}
    needs: Annotated[list[Capability], Field(max_length=16)] = []
    round_trips: bool = False
    codec: _Digest | None = None


def numbers_of(request: Request) -> dict[str, Any]:
    """All of a request but its pictures, as JSON."""
    camera = request.camera
    return {
        "num_frames": request.num_frames,
        "size": list(request.size),
        "fps": request.fps,
        "seed": request.seed,
        "text": request.text,
        "camera": camera
        and {
            "world_from_camera": camera.world_from_camera.tolist(),
            "intrinsics": camera.intrinsics.tolist(),
        },
        "actions": None if request.actions is None else request.actions.tolist(),
    }


def request_to_json(request: Request) -> dict[str, Any]:
    """A whole request."""
    given = request.context
    context = given and {"indices": list(given.indices), "frames": _as_text(given.frames)}
    return {"schema": REQUEST_SCHEMA, **numbers_of(request), "context": context}


def request_from_json(content: object) -> Request:
    """The request that somebody sent.

    Raises:
        WsimError: a field that is missing, unknown, of another kind or too large, or parts that do not fit
            one another.
    """
    told = _validated(_Request, content, "the request")
    context = None
    if told.context:
        frames = _pictures(told.context.frames, told.size)
        indices = tuple(told.context.indices)
        increasing = all(one < other for one, other in pairwise(indices))
        if len(indices) != len(frames) or not increasing or indices[-1] >= told.num_frames:
            raise _misfit("the indices of the given frames")
        context = Context(frames, indices)
    camera = told.camera and Camera(
        _array(told.camera.world_from_camera, (told.num_frames, 4, 4), "camera poses"),
        _array(told.camera.intrinsics, (told.num_frames, 3, 3), "camera intrinsics"),
    )
    actions = None
    if told.actions is not None:
        width = len(told.actions[0]) if told.actions else 0
        actions = _array(told.actions, (told.num_frames, width), "actions").astype(np.float32)
    return Request(told.num_frames, told.size, told.fps, told.seed, told.text, context, camera, actions)


def coding_to_json(video: Video) -> dict[str, Any]:
    """A video that a model is to encode and decode."""
    told = {"schema": CODING_SCHEMA, "size": list(video.size), "fps": float(video.fps)}
    return {**told, "frames": _as_text(video.frames)}


def coding_from_json(content: object) -> Video:
    """The video that somebody sent to be encoded and decoded.

    Raises:
        WsimError: a field that is missing, unknown, of another kind or too large, or frames that are no PNG
            of the size that is told.
    """
    told = _validated(_Coding, content, "the video")
    return Video(_pictures(told.frames, told.size), told.fps)


def info_to_json(info: ModelInfo, *, round_trips: bool = False) -> dict[str, Any]:
    """What a model says of itself, and whether it has a codec of its own."""
    return {
        "schema": MODEL_SCHEMA,
        "name": info.name,
        "adapter": info.adapter,
        "digest": info.digest,
        "accepts": sorted(info.accepts),
        "formats": [
            {"num_frames": f.num_frames, "height": f.height, "width": f.width, "fps": f.fps}
            for f in info.formats
        ],
        "settings": dict(info.settings),
        "needs": sorted(info.needs),
        "round_trips": round_trips,
        **({"codec": info.codec} if info.codec else {}),
    }


def info_from_json(content: object) -> ModelInfo:
    """What a model elsewhere says of itself.

    Raises:
        WsimError: a field that is missing, unknown or of another kind.
    """
    told = _validated(_Info, content, "what the model says of itself")
    settings: dict[str, Json] = told.settings
    formats = tuple(ClipFormat(f.num_frames, f.height, f.width, f.fps) for f in told.formats)
    accepts, needs = frozenset(told.accepts), frozenset(told.needs)
    return ModelInfo(told.name, told.adapter, told.digest, accepts, formats, settings, needs, told.codec)


def png(picture: UInt8[np.ndarray, "height width 3"]) -> bytes:
    """A picture as PNG."""
    import cv2

    encoded, data = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    assert encoded
    return bytes(data.tobytes())


def _as_text(frames: UInt8[np.ndarray, "time height width 3"]) -> list[str]:
    return [base64.b64encode(png(frame)).decode("ascii") for frame in frames]


def _pictures(texts: list[str], size: tuple[int, int]) -> UInt8[np.ndarray, "time height width 3"]:
    if len(texts) * size[0] * size[1] > MOST_PIXELS:
        raise _misfit("so many large frames")
    return np.stack([_picture(text, size) for text in texts])


def _picture(text: str, size: tuple[int, int]) -> UInt8[np.ndarray, "height width 3"]:
    """One PNG of the size that was announced; its header is looked at before anything is unpacked."""
    import cv2

    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _misfit("a given frame") from error
    announced = (int.from_bytes(data[20:24]), int.from_bytes(data[16:20]))  # IHDR: width, height
    if data[:8] != b"\x89PNG\r\n\x1a\n" or announced != size:
        raise _misfit("a given frame")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or picture.shape != (*size, 3):
        raise _misfit("a given frame")
    return np.ascontiguousarray(picture[..., ::-1])


def _array(numbers: Any, shape: tuple[int, ...], what: str) -> np.ndarray:
    try:
        array = np.array(numbers, dtype=np.float64)
    except ValueError as error:
        raise _misfit(what) from error
    if array.shape != shape:
        raise _misfit(what)
    return array


def _misfit(what: str) -> WsimError:
    return WsimError(
        f"{what} cannot be used",
        where="a request in JSON",
        remedy="send PNG frames of the clip's size, and one row a frame for cameras and actions",
    )


def _validated(kind: Any, content: object, what: str) -> Any:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WsimError(
            f"{what} makes no sense: {place}: {first['msg'].lower()}",
            where="JSON from elsewhere",
            remedy="the protocol is in docs/your-model.md",
        ) from error
