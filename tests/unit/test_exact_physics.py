"""Every line of the table of accuracy keeps its bound."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks/accuracy"))  # scripts, not a package

from physics import MEASUREMENTS  # noqa: E402
from rows import Row  # noqa: E402


@pytest.mark.parametrize("measure", MEASUREMENTS, ids=lambda measure: measure.__name__)
def test_the_physics_agrees_with_the_closed_form(measure) -> None:  # type: ignore[no-untyped-def]
    row = measure()
    assert row.exact is not None or row.contacts is not None
    assert row.met(), row


def test_a_row_beyond_its_bound_is_not_met() -> None:
    assert not Row("a", "b", "", 2e-3, 1e-3, None, None).met()
    assert not Row("a", "b", "", None, None, 2e-3, 1e-3).met()


def test_the_document_shows_every_line() -> None:
    text = (ROOT / "docs/worlds.md").read_text(encoding="utf-8")
    assert text.count("| yes |") == len(MEASUREMENTS)
    assert "| no |" not in text
