"""Seconds of processor time of metrics beside what other packages compute, in one run.

    python benchmarks/performance/metrics_speed.py [frechet] [i3d]

Frechet distance of two sets of 2,048 features of 400 and of 1,024 dimensions, from features to number: ours,
the eigenvalues of S1 S2 (torchmetrics, torch-fidelity), those of the symmetric S1^(1/2) S2 S1^(1/2), and the
matrix square root of scipy (pytorch-fid, cd-FVD). Bounds: never slower than the fastest, 5 times faster than
the slowest. I3D on two clips of 16 frames with seeded variables: ours, with batch norms folded into
convolutions and channels last, and the same layers as ports write them. Bound: 1.3 times faster. One thread,
processor time, the best of three, so that a busy machine matters little.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time

import numpy as np
import scipy.linalg
import torch
from torch import nn
from torch.nn import functional

from wsim.metrics.frechet import frechet_distance
from wsim.metrics.i3d import BN_EPSILON, I3D, SCOPE, convolutions, seeded_variables

SAMPLES, DIMS, REPEATS = 2048, (400, 1024), 3
TIMES_SLOWEST, TIMES_PORT = 5.0, 1.3
NORMS = {"bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


def best_s(work):
    """The least processor time, and what was computed."""
    taken = []
    for _ in range(REPEATS):
        start = time.process_time()
        found = work()
        taken.append(time.process_time() - start)
    return min(taken), found


def gaussians(real, fake):
    gap = real.mean(axis=0) - fake.mean(axis=0)
    return gap @ gap, np.cov(real.T), np.cov(fake.T)


def by_eigenvalues(real, fake):
    gap, s1, s2 = gaussians(real, fake)
    values = torch.linalg.eigvals(torch.from_numpy(s1) @ torch.from_numpy(s2))
    return float(gap + np.trace(s1) + np.trace(s2) - 2 * values.sqrt().real.sum())


def by_symmetric_eigenvalues(real, fake):
    gap, s1, s2 = gaussians(real, fake)
    values, vectors = np.linalg.eigh(s1)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ s2 @ root).clip(0)).sum()
    return float(gap + np.trace(s1) + np.trace(s2) - 2 * cross)


def by_square_root(real, fake):
    gap, s1, s2 = gaussians(real, fake)
    return float(gap + np.trace(s1) + np.trace(s2) - 2 * np.trace(scipy.linalg.sqrtm(s1 @ s2).real))


def frechet():
    ways = {
        "ours": frechet_distance,
        "eigenvalues of S1 S2": by_eigenvalues,
        "symmetric eigenvalues": by_symmetric_eigenvalues,
        "matrix square root": by_square_root,
    }
    for dim in DIMS:
        rng = np.random.default_rng(dim)
        real, fake = rng.normal(size=(SAMPLES, dim)), 1.1 * rng.normal(size=(SAMPLES, dim)) + 0.05
        taken = {}
        for name, way in ways.items():
            taken[name], value = best_s(lambda way=way, a=real, b=fake: way(a, b))
            print(f"D={dim:<6}{name:24}{taken[name]:9.3f} s   {value:.6f}", flush=True)
        others = [seconds for name, seconds in taken.items() if name != "ours"]
        slowest, fastest = max(others) / taken["ours"], min(others) / taken["ours"]
        print(f"D={dim:<6}{slowest:.1f} times faster than the slowest (bound {TIMES_SLOWEST:g})")
        print(f"D={dim:<6}{fastest:.2f} times faster than the fastest (bound 1)")


class PortUnit(nn.Module):
    """Pad, convolve, normalise: three steps, each with a copy."""

    def __init__(self, layer, variables):
        super().__init__()
        scope = SCOPE + layer.name
        kernel = torch.from_numpy(variables[f"{scope}/conv_3d/w"].transpose(4, 3, 0, 1, 2).copy())
        self.stride, self.side = layer.stride, layer.side
        bias = f"{scope}/conv_3d/b"
        self.kernel, self.norm = nn.Parameter(kernel), None
        self.bias = nn.Parameter(torch.from_numpy(variables[bias])) if bias in variables else None
        if self.bias is None:
            self.norm = nn.BatchNorm3d(layer.outputs, eps=BN_EPSILON)
            for part, name in (
                ("bias", "beta"),
                ("running_mean", "moving_mean"),
                ("running_var", "moving_variance"),
            ):
                getattr(self.norm, part).data.copy_(
                    torch.from_numpy(variables[f"{scope}/batch_norm/{name}"]).ravel()
                )

    def forward(self, x):
        around = []
        for size in reversed(x.shape[2:]):
            total = max((-(-size // self.stride) - 1) * self.stride + self.side - size, 0)
            around += [total // 2, total - total // 2]
        padded = functional.pad(x, around).contiguous()
        y = functional.conv3d(padded, self.kernel, self.bias, stride=self.stride)
        return y if self.norm is None else self.norm(y)


def port(variables):
    """Our graph with the units of a port, and memory in torch's usual order."""
    network = I3D(variables)
    network.units = nn.ModuleDict({layer.name: PortUnit(layer, variables) for layer in convolutions()})
    return network.eval()


def i3d():
    torch.set_num_threads(1)
    variables = seeded_variables()
    clips = torch.rand(2, 3, 16, 224, 224) * 2 - 1
    taken = {}
    for name, network in (("ours", I3D(variables).eval()), ("as ports write it", port(variables))):
        with torch.inference_mode():
            taken[name], logits = best_s(lambda network=network: network(clips))
        print(f"I3D     {name:24}{taken[name] / 2:9.3f} s a clip   {float(logits.sum()):.3f}", flush=True)
    ratio = taken["as ports write it"] / taken["ours"]
    print(f"I3D     {ratio:.2f} times faster than a port (bound {TIMES_PORT:g})")


def main():
    for work in (frechet, i3d):
        if work.__name__ in sys.argv[1:] or len(sys.argv) == 1:
            work()


if __name__ == "__main__":
    main()
