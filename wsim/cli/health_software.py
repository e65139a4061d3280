"""What `wsim doctor` finds installed: Python, packages, extras, torch, torchvision, codecs, plugins."""

import importlib
import importlib.util
import platform
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from wsim.cli.health import REINSTALL, Line, in_a_line
from wsim.errors import WsimError

DEVELOPERS = "dev"  # the extra that nobody who only measures needs
STANDS_FOR = {"opencv-python-headless": "cv2"}  # another build of it will do
ENCODERS = {"ffv1": "what is measured", "libx264": "what people look at"}


def python() -> Iterator[Line]:
    """Which wsim, and which Python."""
    import wsim

    yield Line("wsim", f"{wsim.__version__}, {Path(wsim.__file__).parent}")
    yield Line("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def packages() -> Iterator[Line]:
    """What wsim cannot do without, each as new as it has to be."""
    needed = [one for one in declared() if one.marker is None or one.marker.evaluate({"extra": ""})]
    if lacking := [one for one in needed if not _is_here(one)]:
        asked = " ".join(f"'{one.name}{one.specifier}'" for one in lacking)
        yield Line("packages", _states(lacking), f"pip install {asked}")
    else:
        yield Line("packages", f"all {len(needed)} that wsim needs")


def extras() -> Iterator[Line]:
    """What may be installed beside wsim: each extra, or the command that brings it."""
    wanted = declared()
    names = sorted({name for one in wanted for name in _extras_of(one)} - {DEVELOPERS})
    lacking = {
        name: [one for one in wanted if name in _extras_of(one) and not _is_here(one)] for name in names
    }
    yield Line("extras", ", ".join(name for name in names if not lacking[name]) or "none")
    for name, missing in lacking.items():
        if missing:
            yield Line(f"  {name}", f"{_states(missing)}", hint=f"pip install 'wsim[{name}]'")


def declared() -> list[Requirement]:
    """Everything that wsim asks for, by the metadata it was installed with."""
    own = [Requirement(text) for text in requires("wsim") or []]
    return [one for one in own if one.name != "wsim"]


def _extras_of(requirement: Requirement) -> list[str]:
    """The extras that bring a requirement; none for what comes with wsim itself."""
    return re.findall(r'extra == "([^"]+)"', str(requirement.marker))


def _is_here(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        module = STANDS_FOR.get(requirement.name)
        return module is not None and importlib.util.find_spec(module) is not None


def _states(lacking: Sequence[Requirement]) -> str:
    """`absent: a, b; too old: c 1.0 (needs >=2)`."""
    absent, old = [], []
    for one in lacking:
        try:
            old.append(f"{one.name} {version(one.name)} (needs {one.specifier})")
        except PackageNotFoundError:
            absent.append(one.name)
    parts = [("absent", absent), ("too old", old)]
    return "; ".join(f"{state}: {', '.join(names)}" for state, names in parts if names)


def torch() -> Iterator[Line]:
    """Which torch, and what it computes on."""
    try:
        torch = importlib.import_module("torch")
    except Exception as error:
        yield Line("torch", f"does not import: {in_a_line(error)}", "pip install --force-reinstall torch")
        return
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        yield Line("torch", f"{torch.__version__}, CUDA {torch.version.cuda}, on {', '.join(names)}")
    elif torch.backends.mps.is_available():
        yield Line("torch", f"{torch.__version__}, on the GPU of this Mac (MPS)")
    elif torch.version.cuda:
        found = (
            f"{torch.__version__}, built for CUDA {torch.version.cuda}, but no GPU is seen; runs on the CPU"
        )
        yield Line("torch", found, hint="if there is a GPU, `nvidia-smi` says whether its driver sees it")
    else:
        yield Line("torch", f"{torch.__version__}, CPU build, {torch.get_num_threads()} threads")


def torchvision() -> Iterator[Line]:
    """Absent and healthy are both fine; broken breaks other packages on import."""
    if importlib.util.find_spec("torchvision") is None:
        yield Line("torchvision", "absent (wsim does not need it)")
        return
    number = version("torchvision")
    try:
        importlib.import_module("torchvision")
    except Exception as error:
        yield Line(
            "torchvision",
            f"{number}, broken: {in_a_line(error)}. It was built for another torch; wsim works without it, "
            "but torchmetrics, transformers and diffusers fail to import beside it.",
            "pip uninstall torchvision, or install the one that matches torch",
        )
    else:
        yield Line("torchvision", f"{number}, healthy")


def codecs() -> Iterator[Line]:
    """Whether videos can be written. PyAV brings FFmpeg's libraries with it; the program is not needed."""
    av = importlib.import_module("av")
    missing = []
    for name in ENCODERS:
        try:
            av.codec.Codec(name, "w")
        except ValueError:
            missing.append(name)
    if missing:
        lost = ", ".join(f"{name} ({ENCODERS[name]})" for name in missing)
        yield Line("codecs", f"no encoder for {lost}", "pip install --force-reinstall --no-deps av")
    else:
        yield Line("codecs", f"{', '.join(ENCODERS)} (PyAV {av.__version__})")


def plugins() -> Iterator[Line]:
    """Whether everything that is registered loads."""
    from wsim.registry import plugins as registered

    for group in ("probes", "models", "reports", "benchmarks"):
        found = registered(group)
        broken = {name: problem for name in found if (problem := _trouble(group, name))}
        yield Line(group, f"{len(found) - len(broken)} of {len(found)} load", "" if found else REINSTALL)
        for name, problem in broken.items():
            yield Line(f"  {name}", problem, f"reinstall {found[name].origin.split()[0]}")


def _trouble(group: str, name: str) -> str:
    """What keeps a plugin from loading; empty if nothing does."""
    from wsim.registry import find
    from wsim.runs.benchmark import load_benchmark

    try:
        load_benchmark(name) if group == "benchmarks" else find(group, name).load()
    except WsimError as error:
        return error.problem
    except Exception as error:
        return in_a_line(error)
    return ""
