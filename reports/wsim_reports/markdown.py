"""Markdown of names and numbers: what comes from outside stays text."""

from collections.abc import Iterable, Sequence

_SPECIALS = str.maketrans({"\\": r"\\", "&": "&amp;", "<": "&lt;", "|": r"\|", "*": r"\*", "`": r"\`"})


def escaped(text: str) -> str:
    """Text that Markdown takes as text, on one line: no tags, table bars, emphasis, code or links."""
    return " ".join(text.split()).translate(_SPECIALS).replace("](", r"]\(")


def code(text: str) -> str:
    """Text in the letters of a program, on one line."""
    return f"`{' '.join(text.split()).replace('`', chr(39))}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts, the first line its head."""
    lines = [[escaped(cell) for cell in line] for line in (head, *rows)]
    lines.insert(1, ["---"] * len(head))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
