"""Pictures that are drawn once are those that would have been drawn every time."""

import numpy as np
import pytest

from wsim.contracts import ClipFormat
from wsim.worlds.derived import drawn as module
from wsim.worlds.derived.drawn import Drawn
from wsim.worlds.derived.histories import late, pictures
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.film import film
from wsim.worlds.take import Take

CLIP = ClipFormat(num_frames=13, height=32, width=32, fps=8.0)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames every call of the renderer drew."""
    counts: list[int] = []

    def counting(scene, trajectory, *size, **more):  # type: ignore[no-untyped-def]
        counts.append(len(trajectory.times_s))
        return render(scene, trajectory, *size, **more)

    render = module.render
    monkeypatch.setattr(module, "render", counting)
    return counts


@pytest.mark.parametrize("family", ["fall", "look_away", "shadow", "bite", "trail"])
def test_a_twin_shows_what_it_would_show_alone(family: str, rendered: list[int]) -> None:
    scene = make(family, 503)
    take, frames = Take(scene, CLIP), tuple(range(CLIP.num_frames))
    drawn = Drawn(CLIP.height, CLIP.width)
    drawn.add(take.film)
    for twin in FAMILIES[family].twins(scene).violated.values():
        alone = film(twin, CLIP.times_s(), CLIP.height, CLIP.width).rgb
        assert (pictures(twin, CLIP, frames, drawn) == alone).all()
    assert (pictures(scene, CLIP, frames, drawn) == take.video.frames).all()
    assert sum(rendered) < len(frames) * len(FAMILIES[family].twins(scene).violated) or family in (
        "bite",
        "trail",
    )


def test_what_stands_still_is_the_same_early_and_late(rendered: list[int]) -> None:
    scene = make("look_away", 504)
    window = (9, 10, 11)
    shown = late(scene, CLIP, window, 0.25, 0.25)
    assert 0 < sum(rendered) <= len(window)
    on_time = pictures(scene, CLIP, window)
    assert all((frames == on_time).all() for _, frames in shown)


def test_who_is_late_is_seen_by_a_camera_that_is_not() -> None:
    scene = make("look_away", 505)
    vanished = FAMILIES["look_away"].twins(scene).violated["vanish"]
    gone_s = vanished.violations[0].time_s
    frame = int(np.ceil(gone_s * CLIP.fps))
    by_lateness = dict(late(vanished, CLIP, (frame,), 0.5))
    assert (by_lateness[0.5] == pictures(scene, CLIP, (frame,))).all()
    assert (by_lateness[0.0] == pictures(vanished, CLIP, (frame,))).all()
