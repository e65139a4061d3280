"""Exact worlds: scenes as data, physics, rendering, truth records, captions, violations."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsim.worlds.datasets.stream import stream

__all__ = ["stream"]


def __getattr__(name: str) -> Any:
    """`stream` needs torch, so it is loaded when it is first asked for."""
    if name != "stream":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from wsim.worlds.datasets.stream import stream

    return stream
