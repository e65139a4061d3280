"""Does a model use what it says it accepts, and does it go on from the frames that it is given?

Each part of a request is changed with everything else left as it is. What two answers to one request differ
by anyway (`jitter`) counts as nothing. Grey levels are means of absolute differences, 0..255.

Axis letters: `time` frames, `height` and `width` pixels.
"""

import dataclasses
from collections.abc import Iterator

from wsim.contracts import Capability, ClipFormat, Context, Request
from wsim.testing.asked import Answers, difference, request_with, two_requests
from wsim.testing.findings import Finding, failed, warning
from wsim.video import Frames

SHOWN: tuple[Capability, ...] = ("first_frame", "context", "keyframes")
BEYOND_JITTER = 2.0  # times what two answers to one request differ by
NEARER = 0.5  # of the way from one set of given frames to another: beyond it, an answer is nearer to neither


def uses(
    answers: Answers, clip: ClipFormat, capability: Capability, jitter: float = 0.0
) -> Iterator[Finding]:
    """A part of the request that is accepted must matter; pictures must, words may be overruled by them."""
    name = f"uses {capability}"
    one, two = two_requests(answers.model.info, clip, capability)
    frames, others = answers(one), answers(two)
    told = f"take {capability!r} out of ModelInfo.accepts, or hand it to the network"
    if difference(frames, others) <= BEYOND_JITTER * jitter:
        other = "other actions give" if capability == "actions" else f"another {capability} gives"
        message = f"{other} the same pixels, though the model says it accepts {capability}"
        yield (failed if capability in SHOWN else warning)(name, message, told)
    elif capability in SHOWN and one.context:
        made = [index for index in range(clip.num_frames) if index not in one.context.indices]
        if made and difference(frames[made], others[made]) <= BEYOND_JITTER * jitter:
            yield warning(name, "what is generated does not depend on the given frames", told)


def starts_from(answers: Answers, clip: ClipFormat, capability: Capability) -> Iterator[Finding]:
    """Given frames come back, and the first one that is generated is near the last one that is given.

    Near means: less than half as far as the same frame of another clip. So a codec, a step of motion or an
    error of exposure may lie between them, and a clip of its own may not.
    """
    one, two = (request_with(capability, clip, variant=variant) for variant in (0, 1))
    if one.context is None or two.context is None:
        return
    name = f"starts from {capability}"
    frames, indices = answers(one), list(one.context.indices)
    kept, apart = (difference(one.context.frames, other) for other in (frames[indices], two.context.frames))
    if kept > NEARER * apart:
        yield warning(
            name,
            f"given frames come back {kept:.3g} grey levels off; another clip would be {apart:.3g} off",
            "give the frames of request.context back at request.context.indices, as close as your codec can",
        )
    elif jump := _jump(one, two, frames):
        yield warning(
            name,
            f"the first generated frame is {jump[0]:.3g} grey levels from the one before; another clip would "
            f"be {jump[1]:.3g} off",
            "go on from the last given frame: what is placed before an unrelated clip is no continuation",
        )
    else:
        yield Finding(name, "ok", f"given frames come back {kept:.3g} grey levels off")


def _jump(one: Request, two: Request, frames: Frames) -> tuple[float, float] | None:
    """How far the clip jumps where what is given ends, if it does, and how far another clip is."""
    given, other = one.context, two.context
    if given is None or other is None or given.indices != tuple(range(len(given.indices))):
        return None
    known = len(given.indices)
    if known >= len(frames):
        return None
    step, apart = (difference(given.frames[-1], frame) for frame in (frames[known], other.frames[-1]))
    return (step, apart) if step > NEARER * apart else None


def sees_motion(answers: Answers, clip: ClipFormat, jitter: float = 0.0) -> Iterator[Finding]:
    """What is generated depends on more of a context than on its last frame."""
    name = "sees motion in context"
    request = request_with("context", clip, variant=0)
    if request.context is None or len(request.context.indices) < 2:
        return
    frames = request.context.frames.copy()
    frames[:-1] = frames[-1]
    still = dataclasses.replace(request, context=Context(frames, request.context.indices))
    known = len(frames)
    moved, held = (answers(asked)[known:] for asked in (request, still))
    if len(moved) and difference(moved, held) <= BEYOND_JITTER * jitter:
        yield warning(
            name,
            "only the last given frame matters: what stood still and what moved go on alike",
            "accept 'first_frame' instead of 'context', or show the network all given frames",
        )
