"""Links, pictures and files that the pages name are there, and so are the headings that links lead to."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
FILE = re.compile(r"`((?:docs|tests|benchmarks|wsim|reports|reference_model|probes)/[\w./-]+\.\w+)`")


def prose(page: Path) -> str:
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub names them."""
    heads = [line.lstrip("# ").lower() for line in prose(page).splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", head).replace(" ", "-") for head in heads}


def broken(page: Path) -> list[str]:
    """Links of a page within the repository that lead nowhere, and files that it names and are not there."""
    targets = [first or second for first, second in LINK.findall(prose(page))]
    missing = [name for name in FILE.findall(prose(page)) if not (ROOT / name).exists()]
    for target in targets:
        place, _, anchor = target.partition("#")
        there = page.parent / place if place else page
        if not re.match(r"https?:", target) and not (
            there.exists() and (not anchor or anchor in anchors(there))
        ):
            missing.append(target)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES])
def test_what_a_page_leads_to_is_there(page: Path) -> None:
    assert broken(page) == []


def test_what_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One head\n[a](#one-head) [b](#two) [c](other.md) `docs/none.md` `docs/metrics.md`\n")
    assert broken(page) == ["docs/none.md", "#two", "other.md"]
