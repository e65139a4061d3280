"""Cross-talk and metamorphic relations on a real question; certificates as pages."""

import re
from pathlib import Path

import numpy as np

from wsim.certify import relations
from wsim.certify.certificate import Certificate, certificate_from_json
from wsim.certify.crosstalk import STANDS_BY, about_of, kinds_of, unrelated
from wsim.certify.figures import Alarms, Moved, Response, Rival
from wsim.certify.many import shipped_folder
from wsim.certify.restaged import BYSTANDER, with_bystander
from wsim.contracts import ClipFormat, Scenario
from wsim.video import Video
from wsim.worlds.take import Take
from wsim_probes.physics.fall import Fall
from wsim_reports.certificate_views import doses_of
from wsim_reports.certificates import write

CLIP = ClipFormat(25, 48, 48, 16.0)


def question() -> Scenario:
    return next(Fall().scenarios(CLIP, track="video", seed=550, limit=1))


def test_faults_come_after_what_is_given_and_are_none_that_the_question_is_about() -> None:
    probe, scenario = Fall(), question()
    assert kinds_of(scenario)["vanished"] == ("vanish",)
    assert about_of(probe, scenario) == {"gravity_scale", "vanish", "freeze"}
    seen = {name: (asked, take) for name, asked, take in unrelated(probe, scenario)}
    assert {"shadow_missing", STANDS_BY, "vanish of a bystander"} <= set(seen)
    for name, (asked, take) in seen.items():
        context = asked.request.context
        assert context is not None
        assert (take.video.frames[: len(context.frames)] == context.frames).all(), name
    asked, alone = seen[STANDS_BY]
    assert isinstance(asked.truth, Take)
    assert asked.truth.scene.body(BYSTANDER).shape == "sphere"
    gone = seen["vanish of a bystander"][1]
    assert (gone.video.frames[-1] != alone.video.frames[-1]).any()


def test_a_bystander_stands_in_every_history() -> None:
    beside = with_bystander(question())
    assert beside is not None
    takes = [take for take in (beside.truth, *beside.alternatives.values()) if isinstance(take, Take)]
    assert all(any(body.name == BYSTANDER for body in take.scene.bodies) for take in takes)


def test_a_mirrored_question_is_answered_by_the_mirrored_clip() -> None:
    scenario = question()
    seen = relations.in_a_mirror(scenario)
    assert seen is not None
    asked, video = seen
    assert (video.frames[:, :, ::-1] == scenario.truth.video.frames).all()
    apart = np.abs(asked.truth.video.frames.astype(int) - video.frames).max(axis=-1)
    assert (apart > 8).mean() < 0.03  # edges are sampled from the other side


def test_hues_turn_and_greys_stay() -> None:
    colours = np.array([[[200, 30, 30], [30, 200, 30], [120, 120, 120], [0, 0, 0]]], dtype=np.uint8)
    turned = relations.other_hue(Video(colours[None], 8.0)).frames[0, 0].astype(int)
    change = np.abs(turned - colours[0]).max(axis=-1)
    assert (change[:2] >= 20).all()
    assert (change[2:] == 0).all()


def test_pages_say_what_falls_short(tmp_path: Path) -> None:
    seen = Alarms(24, 1.0, 0.0, 1.0, {"falls": 24})
    blind = Alarms(24, 0.25, 0.0, 0.25, {"falls": 6, "too coarse": 18})
    dose = Response("m", 2.0, True, (0.0, 0.25, 1.0), (1.0, 0.9, 0.0), (1.0,) * 3, (0.0, 0.2, 1.0),
                    -1.0, 1.0, 0.6, 0.8)  # fmt: skip
    made = Certificate(
        probe="physics/fall", version=1, track="video", clip=str(CLIP), source="0" * 64, quick=False,
        seed=9002, ceiling=1.0, null=0.0, instrument=True, lawful=seen, nuisances={"blur": blind},
        doses={"<drift>": dose}, adversaries={"pan": Rival(6, 0.5, 0.2, 0.9)}, errors=0, seconds=1.0,
        kinds={"<drift>": ("teleport",)}, crosstalk={"wobble": Alarms(2, 1.0, 0.5, 0.5, {"uneven": 1})},
        metamorphic={"mirror": Moved(4, 1.0, 0.0, 0.0)}, stages={"lawful": (1.0, 2.0)},
    )  # fmt: skip
    index = write([made], tmp_path).read_text()
    page = (tmp_path / "probe-physics-fall-video.html").read_text()
    for text in (index, page):
        assert "strict skill of pan: 0.20, bound 0.05" in text
        assert "cross-talk of wobble" in text
        assert "clips that are read under blur: 0.25, bound 0.50" in text  # no false alarm, and no reading
        assert "<drift>" not in text
    assert "provisional" in index
    assert "uneven 1" in page
    assert (tmp_path / "report.css").exists()


def test_a_page_says_at_which_severity_half_is_seen() -> None:
    path = shipped_folder() / "interaction_bite.json"
    bite = certificate_from_json(path.read_text(encoding="utf-8"), path)
    told = {dose.name: dose.words for dose in doses_of(bite)}
    for name, seen in bite.doses.items():
        found = re.search(r"Half is seen at ([\d.]+) \(95 %: from ([\d.]+) to ([\d.]+)\)", told[name])
        assert (found is not None) == seen.graded, told[name]
        if found:
            half, low, high = map(float, found.groups())
            below, above = (np.interp(share, seen.found, seen.severities) for share in (0.2, 0.8))
            assert below <= half <= above and low <= half <= high
