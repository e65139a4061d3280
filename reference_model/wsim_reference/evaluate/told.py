"""Does the model heed cameras, actions and cuts? Against the same request without them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wsim.contracts import Camera
from wsim.perception.cuts import cuts
from wsim_reference import abilities
from wsim_reference.abilities import Prompt
from wsim_reference.evaluate.row import Row, row_of
from wsim_reference.generator import Generator
from wsim_reference.train.data import Clip
from wsim_reference.train.evaluate import psnr_db

_MOVES_M = 0.05  # how far a camera goes, or turns in any entry of its rotation, that is to be followed
_ASIDE_M = 1.5  # between the two cameras of a cut


def camera(generator: Generator, clips: Sequence[Clip]) -> Row:
    """The rest of a clip after its first frame and its camera against the truth."""
    moved = [clip for clip in clips if clip.camera is not None and _moves(clip.camera)]
    triples = [
        _with_and_without(generator, clip, Prompt(seed=i, camera=clip.camera)) for i, clip in enumerate(moved)
    ]
    return row_of("camera", "PSNR of the rest, dB", "camera not told", triples)


def actions(generator: Generator, clips: Sequence[Clip]) -> Row:
    """The rest of a played clip after its first frame and the keys against the truth."""
    played = [clip for clip in clips if clip.actions is not None and clip.actions.any()]
    triples = [
        _with_and_without(generator, clip, Prompt(seed=i, actions=clip.actions))
        for i, clip in enumerate(played)
    ]
    return row_of("actions", "PSNR of the rest, dB", "keys not told", triples)


def shots(generator: Generator, clips: Sequence[Clip]) -> Row:
    """A clip under two cameras: is the picture cut where the camera is?"""

    def one(seed: int, clip: Clip) -> tuple[float, float, float]:
        assert clip.camera is not None
        at = clip.format.num_frames // 2
        poses, lens = clip.camera.world_from_camera[:1], clip.camera.intrinsics[:1]
        aside = poses @ _aside()
        parts = [
            Camera(np.repeat(pose, many, 0), np.repeat(lens, many, 0))
            for pose, many in ((poses, at), (aside, clip.format.num_frames - at))
        ]
        prompt = Prompt(f"{clip.captions[1].rstrip('.')}. the camera changes to another view.", seed)
        made = abilities.several_shots(generator, parts, prompt, (clip.format.height, clip.format.width))
        plain = abilities.text_to_video(generator, replace(prompt, text=clip.captions[1]), clip.format)
        return float(at in cuts(made)), float(at in cuts(plain)), np.nan

    known = [clip for clip in clips if clip.camera is not None]
    triples = [one(seed, clip) for seed, clip in enumerate(known)]
    return row_of("several shots", "share cut where it was asked for", "camera not told", triples)


def _moves(camera: Camera) -> bool:
    poses = camera.world_from_camera
    return bool(np.abs(poses - poses[0]).max() > _MOVES_M)


def _aside() -> np.ndarray:
    pose = np.eye(4)
    pose[0, 3] = _ASIDE_M
    return pose


def _with_and_without(generator: Generator, clip: Clip, prompt: Prompt) -> tuple[float, float, float]:
    truth = clip.frames
    told, untold = (
        abilities.image_to_video(generator, truth[0], one, len(truth))[1:]
        for one in (prompt, Prompt(seed=prompt.seed))
    )
    lawful = generator.round_trip(truth)[1:]
    return psnr_db(told, truth[1:]), psnr_db(untold, truth[1:]), psnr_db(lawful, truth[1:])
