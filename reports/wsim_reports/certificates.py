"""Writes the web pages of certificates: an index with every bound, and a page for every probe.

A folder that opens without a network: pages and one style sheet, by relative links.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import wsim
from wsim.certify.bounds import KINDS
from wsim.certify.certificate import Certificate
from wsim.errors import WsimError
from wsim.registry import find
from wsim_reports import certificate_views as views
from wsim_reports.html import STATIC, page_environment, page_names, write_page
from wsim_reports.navigation import Link


def write(certificates: Sequence[Certificate], folder: Path) -> Path:
    """The pages of some certificates; gives back the one to open."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = page_environment()
    ordered = sorted(certificates, key=lambda one: (one.probe, one.track))
    pages = page_names([f"{one.probe}/{one.track}" for one in ordered])
    places = [(one, pages[f"{one.probe}/{one.track}"]) for one in ordered]
    shared = {"version": wsim.__version__, "index_name": "index.html", "kinds": KINDS, "heads": views.HEADS}
    for one, page in places:
        content = {**shared, "links": [Link(one.probe, page, True)], **_page(one)}
        write_page(environment, folder / page, "certificate.html.j2", content)
    index = {**shared, "links": [], **_index(places)}
    write_page(environment, folder / "index.html", "certificates.html.j2", index)
    for name in STATIC:
        (folder / name).write_bytes((files("wsim_reports") / "templates" / name).read_bytes())
    return folder / "index.html"


def _index(places: Sequence[tuple[Certificate, str]]) -> dict[str, Any]:
    certificates = [one for one, _ in places]
    states = [views.state_of(one) for one in certificates]
    return {
        "rows": [
            (one, page, state, views.cells_of(one)) for (one, page), state in zip(places, states, strict=True)
        ],
        "counts": {state: states.count(state) for state in ("certified", "provisional", "quick")},
        "clips": sorted({one.clip for one in certificates}),
        "matrix": views.matrix(certificates),
        "meanings": views.meanings(),
        "short": [(one, views.short_of(one)) for one in certificates if views.short_of(one)],
    }


def _page(one: Certificate) -> dict[str, Any]:
    return {
        "one": one,
        "question": _question(one.probe),
        "state": views.state_of(one),
        "short": views.short_of(one),
        "cells": list(zip(views.meanings(), views.cells_of(one), strict=True)),
        "doses": views.doses_of(one),
        "nuisances": views.nuisance_rows(one),
        "adversaries": views.adversary_rows(one),
        "crosstalk": views.crosstalk_rows(one),
        "relations": views.relation_rows(one),
        "stages": sorted(one.stages.items(), key=lambda stage: -sum(stage[1])),
    }


def _question(probe: str) -> str:
    """What is asked, where the probe is installed."""
    try:
        return str(find("probes", probe).load()().question)
    except WsimError:
        return ""
