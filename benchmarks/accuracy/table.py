"""How exact the physics of the worlds is, as a table.

python benchmarks/accuracy/table.py            # prints the table
python benchmarks/accuracy/table.py --write    # and puts it into docs/worlds.md
"""

import argparse
from pathlib import Path

from physics import MEASUREMENTS
from rows import Row

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/worlds.md"
BEGIN, END = "<!-- accuracy table: begin -->", "<!-- accuracy table: end -->"


def table(found: list[Row]) -> str:
    """The rows in Markdown."""
    lines = [
        "| what | closed form | exact | bound | contacts | bound | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in found:
        values = (row.exact, row.exact_bound, row.contacts, row.contacts_bound)
        cells = [_cell(value, row.unit) for value in values]
        cells = [row.what, row.closed_form, *cells, "yes" if row.met() else "no"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit:
        return f"{value:.1e} {unit}" if value else f"0 {unit}"
    return f"{100.0 * value:.1e} %" if value else "0 %"


def main() -> None:
    """Measure and print, and write if asked to."""
    parser = argparse.ArgumentParser(description="The physics of the worlds against closed forms.")
    parser.add_argument("--write", action="store_true", help=f"put the table into docs/{DOCUMENT.name}")
    write = parser.parse_args().write
    text = table([measure() for measure in MEASUREMENTS])
    print(text)
    if write:
        before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
