"""A film as a COLMAP project with depth and masks, for reconstruction and for other tools.

    images/00000.png     the pictures
    depth/00000.png      16 bit, millimetres along the camera axis; 0 for the sky and beyond 65.535 m
    masks/00000.png      16 bit, 1 + the id of what is seen (the index of a body); 0 where there is none
    sparse/0/            cameras.txt, images.txt and points3D.txt, COLMAP's text format, poses world to camera
    bodies.txt           value in the masks, name, what it is and its colour, of every body

COLMAP puts the centre of the first pixel at (0.5, 0.5), half a pixel from where wsim puts it.

Axis letters: `time`, `height`, `width`, `point`.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, Shaped, UInt16
from scipy.spatial.transform import Rotation

from wsim.contracts import Camera
from wsim.runs.durable import make_folder, telling
from wsim.worlds.derived.point_tracks import PointTracks, point_tracks, sampled_pixels
from wsim.worlds.derived.surface import surface_points, world_points_m
from wsim.worlds.film import Film

DEPTH_UNIT_M = 0.001
_DEEPEST = 65_535
_HALF_PX = 0.5


def export_colmap(film: Film, folder: Path, *, points: int = 1500) -> None:
    """Write everything.

    Args:
        film: what is exported.
        folder: where to; it is made if need be.
        points: how many points on still surfaces `points3D.txt` has at most.

    Raises:
        WsimError: the folder cannot be written to, or the disk is full.
    """
    sparse = make_folder(folder / "sparse" / "0")
    with telling(folder):
        for name, pictures in (
            ("images", film.rgb[..., ::-1]),
            ("depth", depth_mm(film)),
            ("masks", masks(film)),
        ):
            _write_pictures(make_folder(folder / name), pictures)
        (folder / "bodies.txt").write_text(_bodies(film), encoding="utf-8")
        intrinsics, camera_of_frame = np.unique(film.render.camera.intrinsics, axis=0, return_inverse=True)
        (sparse / "cameras.txt").write_text(_cameras(film, intrinsics), encoding="utf-8")
        cloud = _Cloud(film, points)
        poses = poses_world_to_camera(film.render.camera)
        images = [
            f"{frame + 1} {_numbers(poses[frame])} {camera + 1} {frame:05d}.png\n{cloud.seen_in(frame)}\n"
            for frame, camera in enumerate(camera_of_frame.ravel())
        ]
        (sparse / "images.txt").write_text("".join(images), encoding="utf-8")
        (sparse / "points3D.txt").write_text(cloud.text(), encoding="utf-8")


def depth_mm(film: Film) -> UInt16[np.ndarray, "time height width"]:
    """Depth in whole millimetres, 1 to 65535; 0 where there is none or more."""
    depth = np.rint(film.render.depth_m.astype(np.float64) / DEPTH_UNIT_M)
    return np.where(depth <= _DEEPEST, depth, 0).astype(np.uint16)


def masks(film: Film) -> UInt16[np.ndarray, "time height width"]:
    """1 + id; 0 for sky and for whatever covers the picture."""
    return np.maximum(film.render.ids.astype(np.int32) + 1, 0).astype(np.uint16)


def poses_world_to_camera(camera: Camera) -> Float64[np.ndarray, "time 7"]:
    """Quaternion w, x, y, z and translation (m) of every frame, as in `images.txt`."""
    world_from_camera = camera.world_from_camera
    rotation = Rotation.from_matrix(world_from_camera[:, :3, :3].transpose(0, 2, 1))
    translation = -rotation.apply(world_from_camera[:, :3, 3])
    quaternion = rotation.as_quat(canonical=True, scalar_first=True)
    return np.concatenate([quaternion, translation], axis=1)


class _Cloud:
    """Points on surfaces that stand still, chosen in three frames, and where every frame sees them."""

    def __init__(self, film: Film, count: int) -> None:
        self.tracks: list[PointTracks] = []
        places, colours = [], []
        moving, rng = np.flatnonzero(_moves(film)), np.random.default_rng(0)
        frames = sorted({0, len(film.times_s) // 2, len(film.times_s) - 1})
        for frame in frames:
            rows, columns = sampled_pixels(film, frame, count // len(frames), rng)
            ids = film.render.ids[frame, rows, columns]
            keep = (ids >= 0) & ~np.isin(ids, moving)
            rows, columns = rows[keep], columns[keep]
            self.tracks.append(point_tracks(film, frame, rows, columns))
            places.append(world_points_m(film, surface_points(film, frame, rows, columns), frame))
            colours.append(film.rgb[frame, rows, columns])
        self.places_m, self.colours = np.concatenate(places), np.concatenate(colours)
        self.pixels = np.concatenate([track.pixels for track in self.tracks])
        self.visible = np.concatenate([track.visible for track in self.tracks])
        # The place of every observation in the list of its frame.
        self.place_in_frame = np.cumsum(self.visible, axis=0) - 1

    def seen_in(self, frame: int) -> str:
        """`X Y POINT3D_ID` of every point that a frame sees."""
        seen = np.flatnonzero(self.visible[:, frame])
        pixels = self.pixels[seen, frame] + _HALF_PX
        return " ".join(f"{_numbers(pixel)} {point + 1}" for pixel, point in zip(pixels, seen, strict=True))

    def text(self) -> str:
        """The lines of `points3D.txt`; the error of exact points is 0."""
        lines = []
        for point, (place, colour) in enumerate(zip(self.places_m, self.colours, strict=True)):
            track = [f"{f + 1} {self.place_in_frame[point, f]}" for f in np.flatnonzero(self.visible[point])]
            r, g, b = colour
            lines.append(f"{point + 1} {_numbers(place)} {r} {g} {b} 0 {' '.join(track)}\n")
        return "".join(lines)


def _moves(film: Film) -> Bool[np.ndarray, " body"]:
    """Whether a body ever moves, comes or goes."""
    states = film.trajectory
    moves = np.ptp(states.position_m, axis=0).any(axis=1) | np.ptp(states.rotation, axis=0).any(axis=1)
    return np.asarray(moves | ~states.alive.all(axis=0))


def _cameras(film: Film, intrinsics: Float64[np.ndarray, "camera 3 3"]) -> str:
    height, width = film.rgb.shape[1:3]
    lines = []
    for camera, k in enumerate(intrinsics):
        parameters = np.array([k[0, 0], k[1, 1], k[0, 2] + _HALF_PX, k[1, 2] + _HALF_PX])
        lines.append(f"{camera + 1} PINHOLE {width} {height} {_numbers(parameters)}\n")
    return "".join(lines)


def _bodies(film: Film) -> str:
    lines = [
        f"{index + 1}\t{body.name}\t{body.noun}\t{body.colour_name}\n"
        for index, body in enumerate(film.scene.bodies)
    ]
    return "".join(lines)


def _numbers(values: Float64[np.ndarray, " n"]) -> str:
    """Every digit there is."""
    return " ".join(repr(float(value)) for value in values)


def _write_pictures(folder: Path, pictures: Shaped[np.ndarray, "time height width ..."]) -> None:
    import cv2

    for frame, picture in enumerate(pictures):
        encoded, data = cv2.imencode(".png", np.ascontiguousarray(picture))
        assert encoded
        (folder / f"{frame:05d}.png").write_bytes(data.tobytes())
