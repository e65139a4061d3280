"""Certificates that are published: every probe of a frozen benchmark has one, of the source at hand."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from wsim.certify import source
from wsim.certify.certificate import Certificate
from wsim.certify.figures import Alarms
from wsim.certify.many import CLIP, jobs_for, loaded, not_certified, shipped_folder
from wsim.certify.source import observations_digest, source_digest, source_files
from wsim.runs.benchmark import load_benchmark
from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Scene
from wsim_probes.history import HistoryProbe

FROZEN = sorted({use.probe for name in ("quick", "core", "full") for use in load_benchmark(name).uses})


def certificate(probe: str, source: str) -> Certificate:
    return Certificate(
        probe=probe, version=1, track="video", clip=str(CLIP), source=source, quick=False, seed=9002,
        ceiling=1.0, null=0.0, instrument=True, lawful=Alarms(1, 1.0, 0.0, 1.0, {"kept": 1}),
        nuisances={}, doses={}, adversaries={}, errors=0, seconds=1.0,
    )  # fmt: skip


def test_no_certificate_is_stale() -> None:
    """A changed probe, or a changed way of reading, needs another: `wsim validate PROBE`."""
    names = {path.name.partition(".")[0].replace("_", "/", 1) for path in shipped_folder().glob("*.json")}
    assert len(names) >= 50
    assert not not_certified(shipped_folder(), sorted(names))


def test_every_probe_of_a_frozen_benchmark_has_a_certificate_of_the_source_at_hand() -> None:
    wrong = not_certified(shipped_folder(), FROZEN)
    assert not wrong, "\n".join(f"{name}: {problem}" for name, problem in wrong.items())


def test_missing_and_stale_certificates_are_told(tmp_path: Path) -> None:
    first, second, third = jobs_for(
        ["permanence/occlude", "interaction/switch", "physics/fall"], None, CLIP, False
    )
    right, stale = loaded(first.probe), loaded(second.probe)
    made = replace(certificate(first.probe, source_digest(right)), version=right.version)
    (tmp_path / first.file_name).write_text(made.to_json())
    (tmp_path / second.file_name).write_text(replace(made, source="0" * 64, version=stale.version).to_json())
    wrong = not_certified(tmp_path, [first.probe, second.probe, third.probe])
    assert first.file_name == "permanence_occlude.json"
    assert list(wrong) == [second.probe, third.probe]
    assert wrong[second.probe].startswith("stale")
    assert wrong[third.probe] == "no certificate"
    rough = jobs_for([third.probe], None, CLIP, True)[0]
    made = replace(made, probe=third.probe, source=source_digest(loaded(third.probe)), quick=True)
    (tmp_path / rough.file_name).write_text(replace(made, version=loaded(third.probe).version).to_json())
    assert third.probe in not_certified(tmp_path, [third.probe])
    assert not not_certified(tmp_path, [third.probe], quick=True)


def test_other_tracks_and_quick_ones_are_not_what_is_published() -> None:
    (image,) = jobs_for(["permanence/occlude"], "image", CLIP, quick=True)
    assert image.file_name == "permanence_occlude.image.quick.json"


def test_imports_are_followed_through_and_only_within_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "rooms/__init__.py": "",
        "rooms/door.py": "import os\nfrom rooms import hall\n",
        "rooms/hall.py": "def enter():\n    from rooms.attic import box\n    import elsewhere\n",
        "rooms/attic.py": "box = 1\n",
        "rooms/cellar.py": "",
        "elsewhere.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    found = [name for name, _ in source_files(("rooms.door",), ("rooms",))]
    assert found == ["rooms", "rooms.attic", "rooms.door", "rooms.hall"]


def _when(scene: Scene) -> float:
    return 0.5


def test_a_description_is_part_of_the_source_and_functions_count_by_name() -> None:
    plain = HistoryProbe("toy/described", 1, "Is it?", "fall", prefix_s=_when)
    assert source_digest(plain) == source_digest(replace(plain, prefix_s=_when))
    assert source_digest(plain) != source_digest(replace(plain, prefix_s=partial(_when)))
    assert source_digest(plain) != source_digest(replace(plain, version=2))


def test_what_is_seen_depends_on_worlds_as_well() -> None:
    probe = HistoryProbe("toy/described", 1, "Is it?", "fall")
    assert observations_digest(probe) != source_digest(probe)


def test_what_is_seen_depends_on_every_family_of_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are found by name, so that no import leads to them."""
    looked_at: list[str] = []
    monkeypatch.setattr(source, "source_files", lambda roots, packages: looked_at.extend(roots) or [])
    observations_digest(HistoryProbe("toy/described", 1, "Is it?", "fall"))
    assert {f"wsim.worlds.families.{name}" for name in FAMILIES} <= set(looked_at)
