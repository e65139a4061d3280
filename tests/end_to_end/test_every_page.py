"""Every type of page in a real browser, from a folder and from a plain web server: whole, silent, at home."""

import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_slides import CLIP

PLAYED = "[...document.querySelector('.player').querySelectorAll('video')].map(video => video.currentTime)"


class Quiet(SimpleHTTPRequestHandler):
    """As `python -m http.server`, without its log."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(pages: list[Path]) -> Iterator[str]:
    """Where the folder of the pages is served."""
    folder = str(pages[-1].parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def test_every_page_opens_without_an_error_and_asks_for_nothing_elsewhere(
    pages: list[Path], tab: Any, server: str
) -> None:
    grounds: dict[str, set[str]] = {}
    folder = pages[-1].parent
    for page in pages:
        for home in (folder.as_uri(), server):
            tab.asked.clear()
            tab.goto(f"{home}/{page.relative_to(folder).as_posix()}")
            tab.evaluate("scrollTo(0, document.body.scrollHeight)")
            assert tab.locator("h1").count() == 1 and tab.locator("main").inner_text().strip()
            assert all(one.startswith((home, f"blob:{home}")) for one in tab.asked), tab.asked
            for scheme in ("light", "dark"):
                tab.emulate_media(color_scheme=scheme)
                ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
                grounds.setdefault(scheme, set()).add(ground)
    assert not tab.problems
    assert grounds == {"light": {"rgb(255, 255, 255)"}, "dark": {"rgb(20, 24, 28)"}}


def test_players_stay_within_a_frame_of_each_other(pages: list[Path], tab: Any, server: str) -> None:
    """Looked at between any two pictures of the browser, while they play and where they are halted."""
    tab.goto(f"{server}/{pages[1].relative_to(pages[-1].parent).as_posix()}")
    tab.evaluate("""() => {
      const films = [...document.querySelector('.player').querySelectorAll('video')];
      window.apart = [];
      const look = () => {
        const times = films.map(film => film.currentTime);
        if (films.every(film => !film.paused)) window.apart.push(Math.max(...times) - Math.min(...times));
        requestAnimationFrame(look);
      };
      look();
    }""")
    player = tab.locator(".player").first
    player.locator(".frame").fill("0")
    player.get_by_role("button", name="Play").click()
    tab.wait_for_function(f"{PLAYED}.every(time => time > 0.8)")
    player.get_by_role("button", name="Pause").click()
    halted = tab.evaluate(PLAYED)
    apart = tab.evaluate("window.apart")
    assert len(apart) > 5 and max(apart) <= 1 / CLIP.fps + 0.005
    tab.wait_for_function(f"new Set({PLAYED}.map(time => Math.floor(time * {CLIP.fps} + 1e-3))).size === 1")
    assert max(halted) - min(halted) <= 1 / CLIP.fps + 0.005
    player.focus()
    player.press("ArrowLeft")
    frame = int(player.get_attribute("data-frame"))
    tab.wait_for_function(f"{PLAYED}.every(time => Math.floor(time * {CLIP.fps}) === {frame})")
    assert not tab.problems


def test_a_link_into_a_page_opens_what_it_names(pages: list[Path], tab: Any) -> None:
    tab.goto(f"{pages[1].as_uri()}#toy-slide-0-all-005")
    assert tab.locator("#toy-slide-0-all-005").is_visible() and tab.locator("details.tile[open]").count() == 1
    tab.locator("details.tile").first.locator("summary").first.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("details.tile[open]").count() == 2
    assert not tab.problems
