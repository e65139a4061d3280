"""Everything that is registered keeps its contract; a plugin that cannot be loaded fails here by name."""

import pytest

from wsim.contracts import FreeProbe
from wsim.models.resolve import resolve_model
from wsim.registry import find, plugins
from wsim.runs.plan import load_probe
from wsim.testing import assert_ok, check_model, check_probe

MODELS = [name for name in plugins("models") if name != "diffusers"]  # a loader: nothing without a folder
HEAVY = {"reference": {"steps": "2", "device": "cpu"}}


@pytest.mark.parametrize("name", MODELS)
def test_model(name: str) -> None:
    assert_ok(check_model(resolve_model(name, HEAVY.get(name))))


@pytest.mark.parametrize("name", plugins("probes"))
def test_probe(name: str) -> None:
    probe = load_probe(name)
    assert probe.name == name
    assert_ok(check_probe(probe))


@pytest.mark.parametrize("name", plugins("probes"))
def test_probes_that_read_any_video_are_known_without_being_loaded(name: str) -> None:
    """What `wsim list` marks is read from the source, so that listing imports nothing."""
    assert find("probes", name).defines("measure_free") == isinstance(load_probe(name), FreeProbe)


@pytest.mark.parametrize("name", plugins("reports"))
def test_report(name: str) -> None:
    assert callable(find("reports", name).load())


@pytest.mark.parametrize("group", ["probes", "models", "reports"])
def test_every_plugin_says_what_it_is_in_one_line(group: str) -> None:
    for plugin in plugins(group).values():
        assert plugin.summary and not plugin.summary.startswith("broken"), f"{plugin.name}: {plugin.summary}"
        assert len(plugin.summary) <= 110
