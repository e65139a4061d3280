"""A bucket to keep things in, toy probes as if installed, and a browser that tells of every problem."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from wsim_reports import evidence, probe_views

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy
from wsim_pages import every_page
from wsim_slides import Slide

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def toy_probes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy probes, as if they were installed, and a cache of our own."""
    _install(monkeypatch, tmp_path / "cache")


def _install(patch: pytest.MonkeyPatch, cache: Path) -> None:
    patch.setenv("WSIM_CACHE", str(cache))
    patch.setattr(os, "fsync", lambda descriptor: None)
    for module in (evidence, probe_views):
        patch.setattr(module, "load_probe", lambda name: Slide() if name == Slide.name else toy.Rise())


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One page of every type, made once; the last one is a file in the folder that holds them all."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        _install(patch, folder / "cache")
        return every_page(folder)


@pytest.fixture
def tab() -> Iterator[Any]:
    """A page of headless Chromium; `problems` holds errors of its console, `asked` every address but data."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.problems, page.asked = [], []
        page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("request", lambda one: page.asked.append(one.url) if "data:" not in one.url[:5] else None)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bucket on a server of our own."""
    pytest.importorskip("s3fs", reason="needs the extra `s3`")
    pytest.importorskip("moto.server", reason="needs a server: pip install 'moto[server]'")
    log = tmp_path_factory.mktemp("s3") / "log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("w") as out, pytest.MonkeyPatch.context() as patch:
        server = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            for name, value in {
                "AWS_ENDPOINT_URL": _address(server, log),
                "AWS_ACCESS_KEY_ID": "nobody",
                "AWS_SECRET_ACCESS_KEY": "nothing",
                "AWS_DEFAULT_REGION": "us-east-1",
            }.items():
                patch.setenv(name, value)
            buckets = fsspec.get_filesystem_class("s3")
            buckets.clear_instance_cache()  # one that knows the server of another module would be given again
            fsspec.filesystem("s3").mkdir("bucket")
            yield "s3://bucket"
            buckets.clear_instance_cache()
        finally:
            server.kill()
            server.wait()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, in its own words. Who knocks at a port that nobody has yet may get it for himself."""
    end_s = time.monotonic() + 120
    while (told := re.search(r"Running on (http://127\.0\.0\.1:\d+)", log.read_text())) is None:
        assert server.poll() is None and time.monotonic() < end_s, log.read_text()
        time.sleep(0.1)
    return told[1]
