"""What is looked at during training: reconstruction, velocity error, and pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from wsim_reference.autoencoder import Autoencoder
from wsim_reference.conditions import Conditions
from wsim_reference.dit import DiffusionTransformer
from wsim_reference.flow import flow_loss
from wsim_reference.frames import to_clip, to_frames
from wsim_reference.train.data import Clips

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
Frames = UInt8[np.ndarray, "time height width 3"]


def psnr_db(
    shown: Frames, truth: Frames, where: Bool[np.ndarray, "time height width"] | None = None
) -> float:
    """Peak signal to noise ratio, of the whole clip or of the pixels in `where`; NaN if there are none."""
    square = (shown.astype(np.float64) - truth.astype(np.float64)) ** 2
    chosen = square if where is None else square[where]
    return float(10 * np.log10(255.0**2 / max(chosen.mean(), 1e-9))) if chosen.size else float("nan")


@torch.no_grad()
def reconstruct(autoencoder: Autoencoder, frames: Frames) -> Frames:
    """A clip through the codec."""
    device = next(autoencoder.parameters()).device
    return to_frames(autoencoder.decode(autoencoder.encode(to_clip(frames).to(device))))


def reconstruction(autoencoder: Autoencoder, clips: Clips, count: int) -> dict[str, float]:
    """Mean PSNR over clips: of whole frames, of moving bodies, of frame-to-frame differences."""
    whole, moving, change = [], [], []
    for i in range(min(count, len(clips))):
        truth = np.asarray(clips.clip(i))
        shown = reconstruct(autoencoder, truth)
        whole.append(psnr_db(shown, truth))
        if clips.moving is not None:
            moving.append(psnr_db(shown, truth, clips.moving[i]))
        step = np.diff(shown.astype(float), axis=0) - np.diff(truth.astype(float), axis=0)
        change.append(10 * np.log10(255.0**2 / max((step**2).mean(), 1e-9)))
    numbers = {"psnr_db": float(np.mean(whole)), "psnr_change_db": float(np.mean(change))}
    seen = [value for value in moving if np.isfinite(value)]
    return numbers | ({"psnr_moving_db": float(np.mean(seen))} if seen else {})


@torch.no_grad()
def velocity_error(
    transformer: DiffusionTransformer,
    latents: Float[Tensor, "clip latent channel row column"],
    told: Conditions,
) -> dict[str, float]:
    """Validation loss at fixed noise levels with fixed noise: a smooth curve that ranks runs."""
    generator = torch.Generator().manual_seed(123)
    errors: dict[str, float] = {}
    for value in LEVELS:
        losses = []
        for rows in torch.split(torch.arange(len(latents)), 16):
            clean = latents[rows]
            noise = torch.randn(clean.shape, generator=generator).to(clean.device)
            level = torch.full(clean.shape[:2], value, device=clean.device)
            every = torch.ones_like(level)
            losses.append(flow_loss(transformer, clean, noise, level, every, told.rows(rows)).item())
        errors[f"v_loss_{value}"] = float(np.mean(losses))
    return errors | {"v_loss": float(np.mean(list(errors.values())))}


def write_grid(path: Path, rows: Sequence[Frames], every: int = 3, zoom: int = 2) -> None:
    """One clip a row, every third frame a column."""
    import cv2

    picture = np.concatenate([np.concatenate(list(row[::every]), axis=1) for row in rows])
    picture = picture.repeat(zoom, axis=0).repeat(zoom, axis=1)
    cv2.imwrite(str(path), np.ascontiguousarray(picture[..., ::-1]))
