"""Text files of a report: the same bytes on every system."""

from pathlib import Path


def write_text(output: Path, name: str, text: str) -> Path:
    """Write to the file, or under this name into the folder.

    Returns:
        The file.
    """
    path = output / name if output.is_dir() else output
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
