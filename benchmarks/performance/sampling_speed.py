"""Seconds that the reference model takes for a clip, beside diffusers' own blocks of equal size, in one run.

    python benchmarks/performance/sampling_speed.py [CHECKPOINT]

- Loading and one clip of 17 frames at 64x64, 20 steps with guidance and decoding, in a process of its own:
  seconds of loading, and the most memory. Bounds: 2 s, 1 GB.
- The same clip again, warm. Bound: 0.6 s.
- One evaluation of the transformer, beside a stack of `BasicTransformerBlock` with `ada_norm_zero` (the block
  of DiT) of the same width, depth, heads and tokens. Bound: 1.2 times faster.
- Its arithmetic rate beside that of the matrix products that it is made of, which is the most it could reach.

One thread, processor time, in the same numbers. Clips: the best of a few. Evaluations: the median of many in
turns, of which a busy machine slows all alike.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import subprocess
import sys
import time
from statistics import median

import torch
from diffusers.models.attention import BasicTransformerBlock
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from wsim import Request
from wsim.precision import mixed
from wsim_reference.checkpoint import load
from wsim_reference.conditions import stacked
from wsim_reference.generator import Generator
from wsim_reference.model import find_weights
from wsim_reference.sampler import SamplerSettings

FRAMES, SIDE, STEPS = 17, 64, 20
CLIPS, ROUNDS = 3, 100
LOAD_S, CLIP_S, MEMORY_GB, TIMES_PEER = 2.0, 0.6, 1.0, 1.2
TEXT = "a red ball rolls to the left on a grey floor."


def request(seed: int = 0) -> Request:
    return Request(FRAMES, (SIDE, SIDE), 16.0, seed, TEXT)


def loaded(checkpoint, dtype=None):
    return Generator(load(find_weights(checkpoint)), SamplerSettings(steps=STEPS), dtype=dtype)


def in_turns_s(*works, rounds):
    """Seconds of every round of each: what else the machine does slows all of them alike."""
    taken = [[] for _ in works]
    for _ in range(rounds + 1):
        for work, seconds in zip(works, taken, strict=True):
            start = time.thread_time()
            work()
            seconds.append(time.thread_time() - start)
    return [seconds[1:] for seconds in taken]


def in_a_fresh_process(checkpoint):
    """Seconds of loading (imports aside) and peak memory, GB."""
    command = [sys.executable, __file__, "--fresh", checkpoint or ""]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def fresh(checkpoint):
    start = time.process_time()
    generator = loaded(checkpoint or None)
    loaded_s = time.process_time() - start
    generator.answer(request())
    print(loaded_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9)


class DiTStack(nn.Module):
    """The blocks of diffusers' DiT over one sequence."""

    def __init__(self, width, heads, depth):
        super().__init__()
        settings = {
            "norm_type": "ada_norm_zero",
            "num_embeds_ada_norm": 1000,
            "activation_fn": "gelu-approximate",
        }
        self.blocks = nn.ModuleList(
            [
                BasicTransformerBlock(width, heads, width // heads, attention_bias=True, **settings)
                for _ in range(depth)
            ]
        )

    def forward(self, tokens, level, label):
        for block in self.blocks:
            tokens = block(tokens, timestep=level, class_labels=label)
        return tokens


def step_inputs(generator):
    """What the transformer sees in a guided step: the clip twice, told and untold."""
    told = generator._told(request(), [(0, 0), *((1 + 4 * i, 4 + 4 * i) for i in range((FRAMES - 1) // 4))])
    noisy = generator.noise(0, request().format).repeat(2, 1, 1, 1, 1)
    return noisy, torch.full(noisy.shape[:2], 0.5), stacked([told, told.untold()])


def products(tokens, width):
    """Floating point operations of the two products of an MLP of that width, and what does them."""
    wide = 8 * width // 3 // 32 * 32
    a, b, c = torch.randn(tokens, width), torch.randn(width, 2 * wide), torch.randn(wide, width)
    operations = 2 * tokens * width * 2 * wide + 2 * tokens * wide * width
    repeats = 50

    def work():
        for _ in range(repeats):
            (a @ b)[:, :wide] @ c

    return repeats * operations, work


def line(name, value, bound=None, ok=None):
    said = "" if bound is None else f"   bound {bound}   {'met' if ok else 'MISSED'}"
    print(f"{name:<58}{value:>14}{said}")


def main(checkpoint):
    load_s, memory_gb = in_a_fresh_process(checkpoint)
    line("load", f"{load_s:.2f} s", f"{LOAD_S} s", load_s < LOAD_S)
    line("peak memory, loading and one clip", f"{memory_gb:.2f} GB", f"{MEMORY_GB} GB", memory_gb < MEMORY_GB)
    generator = loaded(checkpoint)
    plain = loaded(checkpoint, torch.float32)
    clips = (lambda: generator.answer(request()), lambda: plain.answer(request()))
    clip_s, plain_s = map(min, in_turns_s(*clips, rounds=CLIPS))
    line(f"clip of {FRAMES} frames {SIDE}x{SIDE}, {STEPS} steps, in float32", f"{plain_s:.2f} s")
    line(
        f"the same in {str(generator.dtype).removeprefix('torch.')}, as it is by default",
        f"{clip_s:.2f} s",
        f"{CLIP_S} s",
        clip_s < CLIP_S,
    )

    network, settings = generator.transformer, generator.config.transformer
    noisy, level, told = step_inputs(generator)
    video = generator.config.video_tokens(request().format)
    tokens = video + told.words.shape[1]
    with torch.inference_mode(), mixed("cpu", generator.dtype):
        with FlopCounterMode(display=False) as counted:
            network(noisy, level, told)
        peer = DiTStack(settings.width, settings.heads, settings.depth).eval()
        sequence, label = torch.randn(2, tokens, settings.width), torch.zeros(2, dtype=torch.long)
        operations, multiply = products(2 * tokens, settings.width)
        steps = (lambda: network(noisy, level, told), lambda: peer(sequence, label, label), multiply)
        rounds = in_turns_s(*steps, rounds=ROUNDS)
    ours_s, peer_s, products_s = map(median, rounds)
    ratio = median(theirs / ours for ours, theirs in zip(*rounds[:2], strict=True))
    limit = operations / products_s
    line(
        f"step: {tokens} tokens twice, width {settings.width}, {settings.depth} layers",
        f"{1e3 * ours_s:.1f} ms",
    )
    line("the same of diffusers' DiT blocks", f"{1e3 * peer_s:.1f} ms")
    line("times faster", f"{ratio:.2f}", TIMES_PEER, ratio >= TIMES_PEER)
    rate = counted.get_total_flops() / ours_s
    line("arithmetic rate", f"{rate / 1e9:.0f} GFLOP/s")
    line("of the matrix products' own rate", f"{rate / limit:.0%}")
    line("steps a second", f"{1 / ours_s:.1f}")
    line("steps a second at that rate", f"{limit / counted.get_total_flops():.1f}")


if __name__ == "__main__":
    if "--fresh" in sys.argv:
        fresh(sys.argv[2])
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
