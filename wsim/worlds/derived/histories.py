"""Histories that never happened, as the reading of alternatives needs them.

An alternative is another scene: `scene.violated(...)`, `scene.without_body(...)`, `scene.with_body(...)`.

Axis letters: `time`, `height`, `width`.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.contracts import Camera, ClipFormat
from wsim.errors import WsimError
from wsim.worlds.check import check_scene
from wsim.worlds.derived.drawn import Drawn
from wsim.worlds.derived.frames import at_frames, joined
from wsim.worlds.film import Film, film
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering.camera import cameras_of
from wsim.worlds.rendering.render import Render
from wsim.worlds.scene import Scene


def pictures(
    scene: Scene, clip: ClipFormat, frames: Sequence[int], drawn: Drawn | None = None
) -> UInt8[np.ndarray, "time height width 3"]:
    """Some frames of a scene at a clip's format; they may lie before the first or after the last.

    Args:
        scene: whose history it is.
        clip: its format.
        frames: which, in any order.
        drawn: pictures of other histories, of which this one may show some.
    """
    times_s = _times_s(clip, frames)
    if scene.blocks is not None:
        return film(scene, times_s, clip.height, clip.width).rgb
    check_scene(scene, clip.height, clip.width)
    trajectory = simulate(scene, times_s)
    camera = cameras_of(scene, trajectory, clip.height, clip.width)
    return (drawn or Drawn(clip.height, clip.width)).pictures(scene, trajectory, camera)


def still(scene: Scene, clip: ClipFormat, frames: Sequence[int]) -> UInt8[np.ndarray, "time height width 3"]:
    """The same where neither camera nor world moves any more: the last frame, rendered once, for all."""
    return np.repeat(pictures(scene, clip, frames[-1:]), len(frames), axis=0)


def late(
    scene: Scene,
    clip: ClipFormat,
    frames: Sequence[int],
    latest_s: float,
    earliest_s: float = 0.0,
    drawn: Drawn | None = None,
) -> list[tuple[float, UInt8[np.ndarray, "time height width 3"]]]:
    """The same history, late by whole frames from -`earliest_s` to `latest_s`; the camera is on time.

    Args:
        scene: whose history it is.
        clip: its format.
        frames: which.
        latest_s: how late at most.
        earliest_s: how early at most.
        drawn: as for `pictures`.

    Returns:
        Seconds late (negative: early) and the pictures, in order of lateness. Where the camera stands still
        all of them are cut from one film; so they are in a world of blocks, where who sees is late as well.
    """
    most, least = round(latest_s * clip.fps), -round(earliest_s * clip.fps)
    shifts = range(least, most + 1)
    span = range(min(frames) - most, max(frames) - least + 1)
    places, drawn = np.array(frames) - span[0], drawn or Drawn(clip.height, clip.width)
    if scene.blocks is not None or _stands_still(scene):
        shown = pictures(scene, clip, span, drawn)
        return [(shift / clip.fps, shown[places - shift]) for shift in shifts]
    world, times_s = simulate(scene, _times_s(clip, span)), _times_s(clip, frames)
    worlds = [at_frames(world, places - shift) for shift in shifts]
    return [
        (shift / clip.fps, _on_time(scene, clip, times_s, here, drawn))
        for shift, here in zip(shifts, worlds, strict=True)
    ]


def splice(lawful: Film, other: Scene, from_frame: int) -> Film:
    """A film that is the lawful one until `from_frame` and from then on shows another scene.

    Only the later part is simulated to be rendered. The other scene must have the same bodies by name, in
    the same order: a twin whose law is broken, or in which something looks different.

    Raises:
        WsimError: other bodies, or a frame that the film does not have.
    """
    names, others = ([body.name for body in scene.bodies] for scene in (lawful.scene, other))
    if names != others:
        raise WsimError(
            "two films of different bodies cannot be spliced",
            where=f"splice of {lawful.scene.family} {lawful.scene.seed}",
            remedy="let a body vanish instead of leaving it out",
        )
    if not 0 < from_frame < len(lawful.times_s):
        raise WsimError(
            f"a film of {len(lawful.times_s)} frames cannot be cut at frame {from_frame}",
            where="splice(from_frame=...)",
            remedy=f"choose a frame from 1 to {len(lawful.times_s) - 1}",
        )
    height, width = lawful.render.ids.shape[1:]
    after = film(other, lawful.times_s[from_frame:], height, width)
    before = at_frames(lawful.trajectory, np.arange(from_frame))
    return Film(
        scene=other,
        times_s=lawful.times_s,
        trajectory=joined(before, after.trajectory),
        render=_joined_pictures(lawful.render, after.render, from_frame),
        visible=np.concatenate([lawful.visible[:from_frame], after.visible]),
        in_view=np.concatenate([lawful.in_view[:from_frame], after.in_view]),
    )


def _times_s(clip: ClipFormat, frames: Sequence[int]) -> Float64[np.ndarray, " time"]:
    return np.array(frames, dtype=np.float64) / clip.fps


def _stands_still(scene: Scene) -> bool:
    path = scene.camera
    moves = (path.arc_deg, path.turn_deg, *path.dolly_m, path.jitter_m, path.jitter_deg)
    return not (any(moves) or path.follow or scene.cuts)


def _on_time(
    scene: Scene, clip: ClipFormat, times_s: Float64[np.ndarray, " time"], world: Trajectory, drawn: Drawn
) -> UInt8[np.ndarray, "time height width 3"]:
    """A world that may be late, seen by a camera that is not."""
    on_time = dataclasses.replace(world, times_s=times_s)
    return drawn.pictures(scene, world, cameras_of(scene, on_time, clip.height, clip.width))


def _joined_pictures(first: Render, second: Render, from_frame: int) -> Render:
    arrays = {
        name: np.concatenate([getattr(first, name)[:from_frame], getattr(second, name)])
        for name in ("rgb", "depth_m", "ids", "amodal")
    }
    camera = Camera(
        np.concatenate([first.camera.world_from_camera[:from_frame], second.camera.world_from_camera]),
        np.concatenate([first.camera.intrinsics[:from_frame], second.camera.intrinsics]),
    )
    return Render(**arrays, camera=camera)
