"""Networks of transformers: without it, with an old one, beside a torchvision that is broken."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from wsim.errors import ExitCode, WsimError
from wsim.metrics.from_transformers import NotInstalled, broken_torchvision_hidden, from_transformers
from wsim.metrics.vjepa2 import load_vjepa2

BROKEN = "raise RuntimeError('operator torchvision::nms does not exist')"
LOAD = """
import sys
if sys.argv[2:]:
    import transformers
from wsim.errors import WsimError
from wsim.metrics.clip import load_clip
try:
    load_clip(sys.argv[1])
except WsimError as error:
    print(error.problem)
print(type(sys.modules.get("torchvision", 0)).__name__)
"""


def install(folder: Path, name: str, source: str) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(source)
    (folder / f"{name}-0.99.dist-info").mkdir()
    (folder / f"{name}-0.99.dist-info/METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.99\n"
    )
    return folder


def test_an_older_version_is_told_with_the_one_that_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", SimpleNamespace(__version__="4.51.3", CLIPModel="clip"))
    assert from_transformers("CLIPModel", what="CLIP", since="4.51") == ("clip",)
    with pytest.raises(NotInstalled) as caught:
        load_vjepa2("anywhere")
    assert str(caught.value).splitlines() == [
        "error: transformers 4.51.3 has no V-JEPA 2: it came with 4.53",
        "  in the installed packages",
        "  pip install 'transformers>=4.53'; all else works with 4.51.3",
    ]
    assert caught.value.exit_code == ExitCode.INCOMPLETE


@pytest.mark.parametrize("error", [ImportError("no such thing"), RuntimeError("nms\n does not exist")])
def test_one_that_cannot_be_imported_is_no_traceback(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lazy:
        __version__ = "4.99"

        def __getattr__(self, name: str) -> object:
            raise error

    monkeypatch.setitem(sys.modules, "transformers", Lazy())
    with pytest.raises(WsimError, match="transformers is not available, so CLIP is not") as caught:
        from_transformers("CLIPModel", what="CLIP", since="4.51")
    assert len(str(caught.value).splitlines()) == 3 and "wsim doctor" in caught.value.remedy


@pytest.mark.slow
@pytest.mark.parametrize("before", [[], ["transformers was imported before"]])
@pytest.mark.parametrize("source", [BROKEN, "raise ImportError('libc10')"])
def test_clip_loads_beside_a_broken_torchvision(tmp_path: Path, source: str, before: list[str]) -> None:
    pytest.importorskip("transformers", exc_type=ImportError)
    place = install(tmp_path / "site", "torchvision", source)
    (tmp_path / "empty").mkdir()
    path = os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path / "empty"), *before],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    problem, module = done.stdout.splitlines()
    assert problem.startswith("the weights of CLIP are not available"), problem
    assert module == "int"  # torchvision is left as it was: not imported


def test_only_a_broken_torchvision_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)  # so that whatever is imported here goes again
    monkeypatch.delitem(sys.modules, "torchvision")
    monkeypatch.syspath_prepend(install(tmp_path / "broken", "torchvision", BROKEN))
    with broken_torchvision_hidden():
        assert sys.modules["torchvision"] is None
    assert "torchvision" not in sys.modules
    monkeypatch.syspath_prepend(install(tmp_path / "healthy", "torchvision", "HEALTHY = True"))
    with broken_torchvision_hidden():
        assert sys.modules["torchvision"].HEALTHY
    monkeypatch.setitem(sys.modules, "torchvision", None)  # hidden by someone else, and left so
    with broken_torchvision_hidden():
        pass
    assert sys.modules["torchvision"] is None
