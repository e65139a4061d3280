"""`wsim doctor`: every state of an installation, made here, and what is said of it."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from packaging.requirements import Requirement

from wsim.cli import health_machine as machine
from wsim.cli import health_software as software
from wsim.cli.health import Line, safely, writable
from wsim.cli.main import call
from wsim.registry import Plugin

Patch = pytest.MonkeyPatch


def only(examine: Callable[[], Iterator[Line]]) -> Line:
    (line,) = examine()
    return line


def declare(monkeypatch: Patch, *texts: str) -> None:
    monkeypatch.setattr(software, "declared", lambda: [Requirement(text) for text in texts])


def test_packages_that_are_absent_or_too_old_are_named_with_the_command(monkeypatch: Patch) -> None:
    declare(monkeypatch, "numpy>=99", "no-such-thing>=1", "av>=1", "absent-too>=1; extra == 'more'")
    line = only(software.packages)
    assert line.found.startswith("absent: no-such-thing; too old: numpy ") and "(needs >=99)" in line.found
    assert line.remedy == "pip install 'numpy>=99' 'no-such-thing>=1'"
    declare(monkeypatch, "numpy>=1", "av>=1")
    assert only(software.packages) == Line("packages", "all 2 that wsim needs")


def test_another_build_of_opencv_will_do(monkeypatch: Patch) -> None:
    declare(monkeypatch, "opencv-python-headless>=4.9")
    monkeypatch.setattr(software, "version", _raising(software.PackageNotFoundError("opencv")))
    assert not only(software.packages).remedy
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert "absent: opencv-python-headless" in only(software.packages).found


def test_extras_are_listed_with_the_command_for_what_is_absent(monkeypatch: Patch) -> None:
    declare(
        monkeypatch,
        "av>=1",
        'numpy>=1; extra == "here"',
        'numpy>=1; extra == "half"',
        'no-such-thing; extra == "half"',
        'no-such-tool; extra == "dev"',
    )
    listed, half = software.extras()
    assert listed == Line("extras", "here")
    assert half == Line("  half", "absent: no-such-thing", hint="pip install 'wsim[half]'")


def test_the_extras_of_this_installation_are_those_of_its_metadata() -> None:
    known = {name for one in software.declared() for name in software._extras_of(one)}
    assert {"dev", "diffusers", "ray", "tensorboard"} <= known


def _raising(error: Exception) -> Callable[..., Any]:
    def raising(*_: Any, **__: Any) -> Any:
        raise error

    return raising


def fake_torch(*, gpus: int = 0, mps: bool = False, built: str | None = None) -> Any:
    cuda = SimpleNamespace(
        is_available=lambda: gpus > 0, device_count=lambda: gpus, get_device_name=lambda index: f"GPU {index}"
    )
    return SimpleNamespace(
        __version__="9.9",
        cuda=cuda,
        version=SimpleNamespace(cuda=built),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
        get_num_threads=lambda: 3,
    )


@pytest.mark.parametrize(
    ("torch", "found", "told"),
    [
        (fake_torch(), "9.9, CPU build, 3 threads", ""),
        (fake_torch(gpus=2, built="13.0"), "9.9, CUDA 13.0, on GPU 0, GPU 1", ""),
        (fake_torch(mps=True), "9.9, on the GPU of this Mac (MPS)", ""),
        (
            fake_torch(built="13.0"),
            "9.9, built for CUDA 13.0, but no GPU is seen; runs on the CPU",
            "nvidia-smi",
        ),
    ],
)
def test_what_torch_computes_on(monkeypatch: Patch, torch: Any, found: str, told: str) -> None:
    monkeypatch.setitem(sys.modules, "torch", torch)
    line = only(software.torch)
    assert line.found == found and told in line.hint and not line.remedy


def test_a_torch_that_does_not_import(monkeypatch: Patch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    line = only(software.torch)
    assert "does not import: ModuleNotFoundError" in line.found and "force-reinstall torch" in line.remedy


def install_torchvision(folder: Path, source: str) -> None:
    (folder / "torchvision").mkdir(parents=True)
    (folder / "torchvision/__init__.py").write_text(source)
    (folder / "torchvision-0.99.dist-info").mkdir()
    (folder / "torchvision-0.99.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: torchvision\nVersion: 0.99\n"
    )


def test_torchvision_absent_healthy_or_broken(monkeypatch: Patch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    assert only(software.torchvision) == Line("torchvision", "absent (wsim does not need it)")
    monkeypatch.delitem(sys.modules, "torchvision")
    install_torchvision(tmp_path / "broken", "raise RuntimeError('operator torchvision::nms does not exist')")
    with monkeypatch.context() as within:
        within.syspath_prepend(tmp_path / "broken")
        broken = only(software.torchvision)
    assert "0.99, broken: RuntimeError: operator torchvision::nms does not exist" in broken.found
    assert broken.remedy.startswith("pip uninstall torchvision")
    install_torchvision(tmp_path / "healthy", "")
    monkeypatch.syspath_prepend(tmp_path / "healthy")
    assert only(software.torchvision) == Line("torchvision", "0.99, healthy")
    monkeypatch.delitem(sys.modules, "torchvision")


def test_an_encoder_that_is_not_there(monkeypatch: Patch) -> None:
    import av

    real = av.codec.Codec

    def codec(name: str, mode: str) -> Any:
        if name == "libx264":
            raise ValueError(name)
        return real(name, mode)

    assert "ffv1, libx264 (PyAV" in only(software.codecs).found
    monkeypatch.setattr(av.codec, "Codec", codec)
    line = only(software.codecs)
    assert line.found == "no encoder for libx264 (what people look at)" and "av" in line.remedy


def test_an_entry_point_that_fails_is_named_and_the_rest_counted(monkeypatch: Patch) -> None:
    entries = {
        "good": EntryPoint("good", "wsim.models.controls:freeze", "wsim.models"),
        "gone": EntryPoint("gone", "wsim.models.no_such_module:make", "wsim.models"),
        "renamed": EntryPoint("renamed", "wsim.models.controls:no_such_name", "wsim.models"),
    }
    made = {name: Plugin("models", name, entry) for name, entry in entries.items()}
    monkeypatch.setattr("wsim.registry.plugins", lambda group: made if group == "models" else {})
    lines = {line.what: line for line in software.plugins()}
    assert lines["models"].found == "1 of 3 load"
    assert "no_such_module" in lines["  gone"].found and "no_such_name" in lines["  renamed"].found
    assert lines["  gone"].remedy.startswith("reinstall")
    assert lines["probes"] == Line("probes", "0 of 0 load", "reinstall wsim in a fresh environment")


@pytest.fixture
def no_folder(tmp_path: Path) -> Path:
    """A place in which nobody, root included, can make a file."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "below"


def test_folders_that_cannot_be_written_to(monkeypatch: Patch, tmp_path: Path, no_folder: Path) -> None:
    assert writable(tmp_path / "not" / "yet") and not writable(no_folder)
    assert list(tmp_path.iterdir()) == [no_folder.parent]  # nothing is left behind
    monkeypatch.setenv("WSIM_CACHE", str(no_folder))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(no_folder))
    monkeypatch.chdir(tmp_path)
    assert "set WSIM_CACHE" in only(machine.video_cache).remedy
    assert "set NUMBA_CACHE_DIR" in only(machine.numba_cache).remedy
    assert only(machine.run_folders) == Line("run folders", str(tmp_path / "runs"))
    (tmp_path / "runs").write_text("")
    assert "--out" in only(machine.run_folders).remedy


def test_a_full_disk(monkeypatch: Patch, tmp_path: Path) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=3e8))
    cache, disk = machine.video_cache()
    assert cache.found == f"{tmp_path / 'cache'}, 0 MB" and not cache.remedy
    assert disk.found == "0 GB free" and disk.remedy.startswith("make room")


def test_little_memory_and_fewer_cores_than_there_are(monkeypatch: Patch) -> None:
    memory = SimpleNamespace(available=1.2e9, total=16e9)
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(machine.psutil, "cpu_count", lambda: 64)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    cores, short = machine.machine()
    assert cores.found == "2 of 64"
    assert short.found == "1 of 16 GB free" and "--jobs" in short.remedy


def test_weights_found_or_absent_with_the_command(monkeypatch: Patch, tmp_path: Path) -> None:
    monkeypatch.setenv("WSIM_WEIGHTS_DIR", str(tmp_path))
    absent = {line.what: line for line in machine.weights()}["weights i3d"]
    assert absent.hint == "wsim weights fetch i3d" and not absent.remedy and "absent" in absent.found
    (tmp_path / "i3d.safetensors").write_bytes(b"")
    found = {line.what: line for line in machine.weights()}["weights i3d"]
    assert found == Line("weights i3d", str(tmp_path / "i3d.safetensors"))


def test_what_cannot_be_looked_at_does_not_stop_the_doctor() -> None:
    def sound_card() -> Iterator[Line]:
        raise OSError("no\nsuch device")
        yield

    (line,) = safely(sound_card)
    assert line.what == "sound card" and line.found == "OSError: no such device" and line.remedy


def test_the_screen_marks_trouble_and_what_is_merely_absent(
    monkeypatch: Patch, capsys: pytest.CaptureFixture[str], no_folder: Path
) -> None:
    monkeypatch.setenv("WSIM_WEIGHTS_DIR", str(no_folder))
    monkeypatch.setenv("WSIM_CACHE", str(no_folder))
    assert call(["doctor"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("no video cache") for line in lines)
    assert any(line.startswith("-- weights i3d") for line in lines)
    assert f"{'':<19}wsim weights fetch i3d" in lines and lines[-1] == "to be mended: 1"
