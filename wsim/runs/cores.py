"""How many processors there are to share work out over."""

import os


def usable_cores() -> int:
    """Those that this process may use, where the system says: schedulers of clusters hand out fewer."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1
