"""Seconds of processor time of metrics beside what other packages compute, in one run.

    python benchmarks/performance/metrics_speed.py [frechet] [i3d] [memory]

Frechet distance of two sets of 2,048 features of 400 and of 1,024 dimensions, from features to number: ours,
the eigenvalues of S1 S2 (torchmetrics, torch-fidelity), those of the symmetric S1^(1/2) S2 S1^(1/2), and the
matrix square root of scipy (pytorch-fid, cd-FVD). Bounds: never slower than the fastest, 5 times faster than
the slowest. Two covariances, which all of them begin with, stand beside them: at 400 dimensions they take
over half of our time and a fifth of the slowest's, so that 5 times is out of reach whatever follows them.
Features are white, and with variances that fall as those of networks do (k^-0.8).

I3D on two clips of 16 frames with seeded variables: ours, with batch norms folded into convolutions, channels
last, pools axis by axis, and the same layers as ports write them. Bound: 1.3 times faster. One thread,
processor time, the best of three, so that a busy machine matters little.

Memory of the process while features are taken of 64 and of 4,096 clips of 13 MB and 805 MB in all.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import itertools
import sys
import time
import tracemalloc

import numpy as np
import scipy.linalg
import torch
from torch import nn
from torch.nn import functional

from wsim.metrics.features import features_of
from wsim.metrics.frechet import frechet_distance
from wsim.metrics.i3d import BN_EPSILON, I3D, SCOPE, convolutions, seeded_variables
from wsim.video import Video

SAMPLES, DIMS, DECAYS, REPEATS = 2048, (400, 1024), (0.0, 0.8), 3
TIMES_SLOWEST, TIMES_PORT = 5.0, 1.3
COVARIANCES = "two covariances alone"
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
        COVARIANCES: gaussians,
        "eigenvalues of S1 S2": by_eigenvalues,
        "symmetric eigenvalues": by_symmetric_eigenvalues,
        "matrix square root": by_square_root,
    }
    print(f"numpy {np.__version__}, scipy {scipy.__version__}, torch {torch.__version__}")
    for dim, decay in itertools.product(DIMS, DECAYS):
        real, fake = features(dim, decay)
        taken, case = {}, f"D={dim:<5} k^-{decay:<5g}"
        for name, way in ways.items():
            taken[name], found = best_s(lambda way=way, a=real, b=fake: way(a, b))
            value = "" if name == COVARIANCES else f"{found:.6f}"
            print(f"{case}{name:24}{taken[name]:9.4f} s   {value}", flush=True)
        others = [seconds for name, seconds in taken.items() if name not in ("ours", COVARIANCES)]
        slowest, fastest = max(others) / taken["ours"], min(others) / taken["ours"]
        print(f"{case}{slowest:.1f} times faster than the slowest (bound {TIMES_SLOWEST:g})")
        print(f"{case}{fastest:.2f} times faster than the fastest (bound 1)")


def features(dim, decay):
    """Two sets whose covariances have one spectrum, turned at random."""
    rng = np.random.default_rng(dim)
    turn = np.arange(1, dim + 1)[:, None] ** (-decay / 2) * np.linalg.qr(rng.normal(size=(dim, dim)))[0]
    return rng.normal(size=(SAMPLES, dim)) @ turn, 1.1 * rng.normal(size=(SAMPLES, dim)) @ turn + 0.05


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
        whole = padded(x, (self.side,) * 3, (self.stride,) * 3)
        y = functional.conv3d(whole, self.kernel, self.bias, stride=self.stride)
        return y if self.norm is None else self.norm(y)


def port_pool(x, kernel, stride):
    """Pad with a copy, then torch's pool."""
    return functional.max_pool3d(padded(x, kernel, stride), kernel, stride=stride)


def padded(x, kernel, stride):
    around = []
    for size, side, step in zip(reversed(x.shape[2:]), reversed(kernel), reversed(stride), strict=True):
        total = max((-(-size // step) - 1) * step + side - size, 0)
        around += [total // 2, total - total // 2]
    return functional.pad(x, around).contiguous()


def port(variables):
    """Our graph with the units and the pools of a port, and memory in torch's usual order."""
    network = I3D(variables)
    network.pool = port_pool
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


class Means:
    """A network without weights, so that what else takes memory is seen."""

    name, dim, weights_fingerprint, preprocess_id = "means", 384, "none", "none"

    def forward(self, clips):
        return clips.reshape(len(clips), self.dim, -1).mean(axis=2, dtype=np.float32)


def memory():
    taken = {}
    for count in (64, 4096):
        videos = (Video(np.full((16, 64, 64, 3), number % 256, np.uint8), 8.0) for number in range(count))
        tracemalloc.start()
        features_of(Means(), videos)
        taken[count] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        rows = count * Means.dim * 12 / 1e6  # in float32 as they come, and in float64
        print(f"memory  {count:5} clips: peak {taken[count]:.1f} MB, of them {rows:.1f} MB features")


def main():
    for work in (frechet, i3d, memory):
        if work.__name__ in sys.argv[1:] or len(sys.argv) == 1:
            work()


if __name__ == "__main__":
    main()
