"""A truth record: pictures, depth, ids, amodal masks, states, events and captions of one take.

    clip.mkv     the pictures, lossless
    truth.npz    depth, ids, amodal masks, camera, trajectory, looks, visibility
    scene.json   scene, clip format, captions, events, version

In a shard of a data set the same three are `KEY.mkv`, `KEY.npz` and `KEY.json`. A light record has no `.npz`.
The names of the arrays are the paths to the fields of `Film`: `render/depth_m`, `trajectory/position_m`.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import wsim
from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.video import Video, read_video, write_lossless
from wsim.worlds.film import Film
from wsim.worlds.physics.trajectory import WorldEvent
from wsim.worlds.scene import Scene, scene_from_json, scene_to_json
from wsim.worlds.scene.as_json import value_from_json
from wsim.worlds.storage.arrays import Array, pack, unpack
from wsim.worlds.storage.fields import put_together, take_apart
from wsim.worlds.take import CAPTION_LENGTHS, Take

SCHEMA = "wsim.truth/2"
Detail: TypeAlias = Literal["full", "light"]
Part: TypeAlias = Literal["mkv", "npz", "json"]

_FILES: Mapping[Part, str] = {"mkv": "clip.mkv", "npz": "truth.npz", "json": "scene.json"}
_IN_OTHER_PARTS = frozenset({"scene", "render/rgb", "trajectory/events"})


@dataclass(frozen=True)
class TakeRecord:
    """A take that was read back: nothing is simulated or rendered again.

    Attributes:
        scene: the world.
        clip: its format.
        video: the pictures.
        events: what happened, in order of time.
        twin: which of the twins of a lawful scene this is; "" for the lawful scene itself.
        wsim_version: what it was made with.
        truth: everything that is known of every frame; None in a light record.
    """

    scene: Scene
    clip: ClipFormat
    video: Video
    events: tuple[WorldEvent, ...]
    twin: str
    wsim_version: str
    truth: Film | None

    @property
    def film(self) -> Film:
        """The truth.

        Raises:
            WsimError: the record is a light one.
        """
        if self.truth is None:
            raise WsimError(
                "a light record knows pictures, captions and events only",
                where=f"the record of {self.scene.family} {self.scene.seed}",
                remedy="render it again with `--truth full`",
            )
        return self.truth


def record_parts(take: Take, *, detail: Detail = "full", twin: str = "") -> dict[Part, bytes]:
    """The files of a record, by suffix; the same take gives the same bytes.

    Args:
        take: what is recorded; it is rendered if that has not been done.
        detail: `light` leaves out all but pictures, scene, captions and events.
        twin: the name of the violated twin that this is; "" for a lawful scene.
    """
    film, arrays = take.film, dict[str, Array]()
    record = {
        "schema": SCHEMA,
        "wsim_version": wsim.__version__,
        "twin": twin,
        "clip": asdict(take.clip),
        "captions": {length: take.caption(length) for length in CAPTION_LENGTHS},
        "events": [asdict(event) for event in film.trajectory.events],
        "scene": scene_to_json(take.scene),
    }
    if detail == "full":
        record["film"] = take_apart(film, arrays, _IN_OTHER_PARTS)
        arrays["in_frame"] = film.in_frame
    pictures = io.BytesIO()
    write_lossless(pictures, take.video)
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    parts: dict[Part, bytes] = {"mkv": pictures.getvalue(), "json": text.encode()}
    return parts | {"npz": pack(arrays)} if detail == "full" else parts


def read_parts(parts: Mapping[Part, bytes], where: str) -> TakeRecord:
    """Put a record together again, bit for bit.

    Args:
        parts: the files, by suffix.
        where: what to call them in an error.

    Raises:
        WsimError: they are not whole, or of another version of the format.
    """
    try:
        record = json.loads(parts["json"])
        if record["schema"] != SCHEMA:
            raise ValueError(f"its format is {record['schema']}, not {SCHEMA}")
        return _record(record, parts)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, WsimError) as error:
        reason = error.problem if isinstance(error, WsimError) else error
        raise WsimError(
            f"no whole truth record: {reason}", where=where, remedy="write it again with `wsim render`"
        ) from error


def save_take(take: Take, folder: Path, *, detail: Detail = "full", twin: str = "") -> None:
    """Write the record of a take into a folder, which is made if need be.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for part, data in record_parts(take, detail=detail, twin=twin).items():
        (folder / _FILES[part]).write_bytes(data)


def load_take_record(folder: Path) -> TakeRecord:
    """Read the record in a folder back, bit for bit.

    Raises:
        WsimError: the folder holds no whole record, or one of another version of the format.
    """
    parts: dict[Part, bytes] = {}
    for part in get_args(Part):
        if (folder / _FILES[part]).exists():
            parts[part] = (folder / _FILES[part]).read_bytes()
    return read_parts(parts, str(folder))


def _record(record: dict[str, Any], parts: Mapping[Part, bytes]) -> TakeRecord:
    clip, scene = ClipFormat(**record["clip"]), scene_from_json(record["scene"])
    video = Video(read_video(io.BytesIO(parts["mkv"])).frames, clip.fps)
    events: tuple[WorldEvent, ...] = value_from_json(tuple[WorldEvent, ...], record["events"], "events")
    truth = None
    if "film" in record:
        arrays = unpack(parts["npz"])
        elsewhere = {"scene": scene, "render/rgb": video.frames, "trajectory/events": events}
        truth = put_together(Film, record["film"], {**arrays, **elsewhere})
        vars(truth)["in_frame"] = arrays["in_frame"]  # where `cached_property` keeps it
    return TakeRecord(scene, clip, video, events, record["twin"], record["wsim_version"], truth)
