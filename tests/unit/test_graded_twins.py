"""A twin that has an amount is graded from the law to its own amount, and all of it is the twin itself."""

from collections.abc import Callable
from functools import cache

import pytest

from wsim.contracts import ClipFormat
from wsim.worlds.take import Take
from wsim_probes.conditioning.extension_seam import extension_seam
from wsim_probes.history import HistoryProbe
from wsim_probes.interaction.trace import trace
from wsim_probes.physics.fluid_volume import fluid_volume
from wsim_probes.physics.inertia import inertia
from wsim_probes.posing import take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBES = [extension_seam, fluid_volume, inertia, trace]
FACTORS = ("resize", "energy_gain", "fluid_gain", "mark_grows")  # 1 is the law


@cache
def twins(probe: HistoryProbe) -> list[tuple[Take, Take]]:
    (asked, *_) = probe.scenarios(CLIP, track=probe.tracks[0], seed=500, limit=1)
    others = [asked.alternatives[name] for name in probe.graded]
    return [(take_of(asked), twin) for twin in others if isinstance(twin, Take)]


@pytest.mark.parametrize("make", PROBES, ids=lambda make: make.__name__)
def test_all_of_a_violation_is_the_twin_and_nothing_of_it_the_law(make: Callable[[], HistoryProbe]) -> None:
    probe = make()
    assert twins(probe)
    for lawful, twin in twins(probe):
        assert probe.weaken(lawful, twin, 1.0) == twin.scene
        assert probe.weaken(lawful, twin, 0.0) == lawful.scene


@pytest.mark.parametrize("make", PROBES, ids=lambda make: make.__name__)
def test_half_of_a_factor_lies_halfway_between_the_law_and_the_twin(make: Callable[[], HistoryProbe]) -> None:
    probe = make()
    factors = [(lawful, twin) for lawful, twin in twins(probe) if twin.scene.violations[0].kind in FACTORS]
    assert factors
    for lawful, twin in factors:
        (whole,), (half,) = twin.scene.violations, probe.weaken(lawful, twin, 0.5).violations
        assert half.kind == whole.kind
        assert half.amount - 1.0 == pytest.approx((whole.amount - 1.0) / 2)


def test_a_quarter_of_a_fade_takes_a_quarter_of_the_trail_that_is_in_the_picture() -> None:
    probe = trace()
    (lawful, twin) = twins(probe)[probe.graded.index("mark_fades")]

    def trail_px(take: Take) -> int:
        last = take.video.frames[-1].astype(int)
        return int((abs(last - bare) > 12).any(axis=-1).sum())

    bare = twin.video.frames[-1].astype(int)
    quarter = Take(probe.weaken(lawful, twin, 0.25), CLIP)
    assert trail_px(quarter) / trail_px(lawful) == pytest.approx(0.75, abs=0.08)
