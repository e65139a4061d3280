"""A bucket to keep things in."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest


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
