"""A truth record on disk: pictures, depth, ids, amodal masks, states, events and captions of one take.

    clip.mkv     the pictures, lossless
    truth.npz    depth, ids, amodal masks, camera, trajectory, visibility
    scene.json   scene, clip format, captions, events, version

Axis letters: `time`, `height`, `width`, `body`.
"""

import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import wsim
from wsim.contracts import Camera, ClipFormat
from wsim.errors import WsimError
from wsim.video import Video, read_video, write_lossless
from wsim.worlds.film import Film
from wsim.worlds.physics.trajectory import Trajectory, WorldEvent, at_rest
from wsim.worlds.rendering.render import Render
from wsim.worlds.scene import scene_from_json, scene_to_json
from wsim.worlds.take import Take

SCHEMA = "wsim.truth/1"
_STATES = ("times_s", "position_m", "rotation", "velocity", "alive", "colour")
_PIXELS = ("depth_m", "ids", "amodal")


@dataclass(frozen=True)
class TakeRecord:
    """A take that was read back: nothing is simulated or rendered again.

    Attributes:
        film: everything that is known of every frame.
        clip: its format.
        wsim_version: what it was made with.
    """

    film: Film
    clip: ClipFormat
    wsim_version: str

    @property
    def video(self) -> Video:
        """The pictures."""
        return Video(self.film.rgb, self.clip.fps)


def save_take(take: Take, folder: Path) -> None:
    """Write the record of a take; the folder is made if need be, and the same take gives the same bytes.

    Raises:
        VideoError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    film = take.film
    write_lossless(folder / "clip.mkv", take.video)
    arrays: dict[str, Any] = {name: getattr(film.trajectory, name) for name in _STATES}
    arrays |= {name: getattr(film.render, name) for name in _PIXELS}
    arrays |= asdict(film.render.camera) | {"visible": film.visible, "in_view": film.in_view}
    np.savez_compressed(folder / "truth.npz", allow_pickle=False, **arrays)
    record = {
        "schema": SCHEMA,
        "wsim_version": wsim.__version__,
        "clip": asdict(take.clip),
        "captions": dict(zip(("full", "medium", "short"), take.scene.captions, strict=True)),
        "events": [asdict(event) for event in film.trajectory.events],
        "scene": scene_to_json(take.scene),
    }
    text = json.dumps(record, indent=1, allow_nan=False)
    (folder / "scene.json").write_text(text + "\n", encoding="utf-8")


def load_take_record(folder: Path) -> TakeRecord:
    """Read a record back, bit for bit.

    Raises:
        WsimError: the folder holds no whole record, or one of another version of the format.
    """
    try:
        record = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
        if record["schema"] != SCHEMA:
            raise ValueError(f"its format is {record['schema']}, not {SCHEMA}")
        with np.load(folder / "truth.npz", allow_pickle=False) as arrays:
            film = _film(record, dict(arrays), read_video(folder / "clip.mkv"))
        return TakeRecord(film, ClipFormat(**record["clip"]), record["wsim_version"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise WsimError(
            f"no whole truth record: {error}",
            where=str(folder),
            remedy="write it again with `wsim render`",
        ) from error


def _film(record: dict[str, Any], arrays: dict[str, Any], video: Video) -> Film:
    events = tuple(
        WorldEvent(event["time_s"], event["kind"], tuple(event["bodies"]), event["amount"])
        for event in record["events"]
    )
    camera = Camera(arrays["world_from_camera"], arrays["intrinsics"])
    scene = scene_from_json(record["scene"])
    looks = at_rest(scene, arrays["times_s"]).looks
    return Film(
        scene=scene,
        times_s=arrays["times_s"],
        trajectory=Trajectory(**{name: arrays[name] for name in _STATES}, looks=looks, events=events),
        render=Render(rgb=video.frames, **{name: arrays[name] for name in _PIXELS}, camera=camera),
        visible=arrays["visible"],
        in_view=arrays["in_view"],
    )
