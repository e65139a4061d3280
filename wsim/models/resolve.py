"""One string names any model: a registered name, a folder, or a Python factory.

| text | model |
|---|---|
| `reference`, `freeze`, ... | the plugin of that name; `name:VALUE` sets its first option |
| `videos:DIR` | finished videos, one a scenario |
| a folder with `config.json` | a checkpoint in the format of the reference model |
| a folder with `model_index.json`, `diffusers:ORG/NAME@REVISION` | a video pipeline of diffusers |
| `http://host:port` | a server that speaks the protocol of `wsim.models.remote` |
| `file.py:factory`, `package.module:factory` | whatever the factory returns |
"""

import difflib
import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from wsim.contracts import Model
from wsim.errors import RAISED_ELSEWHERE, WsimError
from wsim.models.folder import FolderOfVideos
from wsim.models.options import bind
from wsim.models.remote import remote_model
from wsim.models.stamped import Stamped
from wsim.models.stepped import Stepped, SteppedModel
from wsim.registry import find, plugins

CHECKPOINT_LOADER = "reference"  # the plugin that reads the checkpoint format of this project
PIPELINE_LOADER = "diffusers"  # the plugin that reads what save_pretrained of a pipeline writes


def resolve_model(text: str, options: Mapping[str, str] | None = None) -> Model:
    """The model that `text` names, built with `-m` options.

    Raises:
        WsimError: there is no such model, it cannot be loaded, or an option does not fit.
    """
    options = dict(options or {})
    head, colon, tail = text.partition(":")
    if head == "videos" and tail:
        return cast(Model, _call(FolderOfVideos, {"directory": tail, **options}, where=text))
    if head in ("http", "https"):
        return cast(Model, _call(remote_model, {"address": text, **options}, where=text))
    if head in plugins("models"):
        return _from_plugin(head, tail, options)
    if Path(text).is_dir():
        return _from_folder(Path(text), options)
    if head.endswith(".py"):
        return _from_module(_import_file(Path(head)), tail, options, where=text)
    if colon and tail.isidentifier() and _importable(head):
        return _from_module(_import_module(head, text), tail, options, where=text)
    raise _unknown(text)


def _from_plugin(name: str, argument: str, options: dict[str, str]) -> Model:
    factory = find("models", name).load()
    if argument:
        first = next(iter(inspect.signature(factory).parameters), None)
        if first is None:
            raise WsimError(
                f"model {name!r} takes no argument", where=f"{name}:{argument}", remedy=f"write `{name}`"
            )
        options = {first: argument, **options}
    return _checked(_call(factory, options, where=f"model {name}"), where=f"model {name}")


def _from_folder(folder: Path, options: dict[str, str]) -> Model:
    if (folder / "config.json").exists():
        return _from_plugin(CHECKPOINT_LOADER, str(folder), options)
    if (folder / "model_index.json").exists():
        return _from_plugin(PIPELINE_LOADER, str(folder), options)
    raise WsimError(
        "this folder is not a checkpoint: it has neither config.json nor model_index.json",
        where=str(folder),
        remedy=f"for a folder of finished videos write videos:{folder}",
    )


def _from_module(module: ModuleType, name: str, options: dict[str, str], *, where: str) -> Model:
    """Call a factory of somebody's module; the cache is told of its source."""
    public = [n for n, value in vars(module).items() if callable(value) and not n.startswith("_")]
    if not name or not hasattr(module, name):
        near = difflib.get_close_matches(name, public, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        raise WsimError(
            f"no factory {name!r}" if name else "which factory?",
            where=str(module.__file__),
            remedy=f"{guess}it defines: {', '.join(public) or 'nothing callable'}",
        )
    factory = getattr(module, name)
    model = _checked(_call(factory, options, where=where), where=where)
    source = hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest()
    return Stamped(model, source=source, options=options)


def _call(factory: Callable[..., Any], options: Mapping[str, str], *, where: str) -> Any:
    arguments = bind(factory, options, where=where)
    try:
        return factory(**arguments)
    except WsimError:
        raise
    except RAISED_ELSEWHERE as error:
        raise _failed("the model cannot be built", error, where) from error


def _checked(candidate: Any, *, where: str) -> Model:
    if isinstance(candidate, Model) and not isinstance(candidate, type):
        return candidate
    if isinstance(candidate, Stepped) and not isinstance(candidate, type):
        return SteppedModel(candidate)
    raise WsimError(
        f"the factory gave {type(candidate).__name__!r}, not a model",
        where=where,
        remedy="a model has `info` and `generate(requests)`, or `info`, `reset(context)` and `step(action)`",
    )


def _import_file(path: Path) -> ModuleType:
    """Run a file as a module of its own, under a name that no package has."""
    if not path.is_file():
        raise WsimError("no such file", where=str(path), remedy="give the path of a Python file")
    name = "wsim_model_" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise WsimError("not a Python file", where=str(path), remedy="give the path of a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while the file runs
    try:
        spec.loader.exec_module(module)
    except WsimError:
        raise
    except RAISED_ELSEWHERE as error:
        raise _failed("the file does not run", error, str(path)) from error
    return module


def _importable(name: str) -> bool:
    """Whether the package is there; looked up without running it, so that what is wrong with it is told."""
    try:
        return importlib.util.find_spec(name.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _import_module(name: str, text: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except RAISED_ELSEWHERE as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise _unknown(text) from error
        raise _failed("the module does not import", error, name) from error


def _failed(what: str, error: BaseException, where: str) -> WsimError:
    """Somebody's code raised: say what and on which line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else where
    text = str(error).splitlines()[0] if str(error) else ""
    return WsimError(
        f"{what}: {type(error).__name__}: {text}",
        where=place,
        remedy="WSIM_DEBUG=1 shows the whole traceback",
    )


def _unknown(text: str) -> WsimError:
    near = difflib.get_close_matches(text.partition(":")[0], plugins("models"), n=1, cutoff=0.5)
    guess = f'did you mean "{near[0]}"? ' if near else ""
    return WsimError(
        f"unknown model {text!r}",
        where="the MODEL argument",
        remedy=f"{guess}give a name of `wsim list models`, a checkpoint, videos:DIR or file.py:factory",
    )
