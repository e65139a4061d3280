"""Families of worlds: a name, a seed and a few parameters give one scene."""

import inspect
import pkgutil
from importlib import import_module

from wsim.errors import WsimError
from wsim.worlds.families.family import Family
from wsim.worlds.scene import Scene


def _found() -> dict[str, Family]:
    """Every module here that says what it `SHOWS` is a family: a function of its own name, and `twins`."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {
        (name := module.__name__.rpartition(".")[2]): Family(
            getattr(module, name), module.twins, module.SHOWS
        )
        for module in modules
        if hasattr(module, "SHOWS")
    }


FAMILIES: dict[str, Family] = _found()


def make(name: str, seed: int, **parameters: int | float | bool | str) -> Scene:
    """The scene of a family, a seed and its parameters.

    Raises:
        WsimError: no such family, no such parameter, or a negative seed.
    """
    if name not in FAMILIES:
        raise WsimError(
            f"unknown family of worlds {name!r}",
            where="families.make(name=...)",
            remedy=f"choose one of {', '.join(FAMILIES)}",
        )
    family = FAMILIES[name].make
    known = list(inspect.signature(family).parameters)[1:]
    if strange := sorted(set(parameters) - set(known)):
        raise WsimError(
            f"the family {name!r} has no parameter {strange[0]!r}",
            where=f"families.make({name!r}, ...)",
            remedy=f"it has {', '.join(known)}",
        )
    if seed < 0:
        raise WsimError(
            f"a seed cannot be negative: {seed}", where="families.make(seed=...)", remedy="give 0 or more"
        )
    return family(seed, **parameters)
