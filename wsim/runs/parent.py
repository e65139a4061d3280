"""A process that ends with the one that started it, however that one ended.

A parent that is killed tells nobody: its workers would go on with what they are at, for minutes, and pools of
the standard library would wait for ever after.
"""

import multiprocessing
import os
import threading
from multiprocessing.process import BaseProcess

ORPHANED = 70  # exit code, for whoever looks


def end_with_parent() -> None:
    """From now on this process ends when its parent does; called in a process that `multiprocessing` started.

    Code that holds the interpreter, a compiled kernel for instance, is let finish first.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(ORPHANED)  # nobody is left who could hear of it
