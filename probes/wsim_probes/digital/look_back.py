"""Are blocks that were placed or broken still so when the player looks back, and the landscape the same?"""

from collections.abc import Mapping
from dataclasses import replace

from wsim.worlds.blocks.keys import blocks_of
from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Action, Scene
from wsim_probes.history import Ask, HistoryProbe

_TURNED = 0.5  # of the way, when the given frames end: the blocks have left the picture
_TWINS = ("block_changes", "block_recoloured")


def look_back() -> HistoryProbe:
    """Two blocks are placed, or broken out of a wall; the player turns away and, led by the keys, back again.

    Given are the keys of the whole clip, and the frames until the player has turned halfway: all that is
    seen in the end has been seen as it then was. The blocks must be there, or gone, as they were left, in
    their colours, and the landscape must not have been made up anew (`reseeded`, graded by the share of its
    blocks). A clip that does not turn back shows none of this; it is as wrong as one that forgets.
    """
    return HistoryProbe(
        name="digital/look_back",
        version=3,
        question="Is what was placed or broken as it was left, when the player looks back?",
        family="build",
        asks=(
            Ask("placed", (("breaks", False), ("angle_deg", 100.0))),
            Ask("broken", (("breaks", True), ("angle_deg", 100.0))),
        ),
        lawful="as it was left",
        window=(0.96, 1.0),
        prefix_s=_until_half_turned_away,
        latest_s=0.1,
        tracks=("action",),
        min_duration_s=4.0,
        breaks=_forgotten,
        graded=("reseeded",),
    )


def _away(scene: Scene) -> tuple[Action, Action]:
    """The turns away and back."""
    away, back = [action for action in blocks_of(scene).actions if action.kind.startswith("turn")][-2:]
    return away, back


def _until_half_turned_away(scene: Scene) -> float:
    away, _ = _away(scene)
    return away.time_s + _TURNED * away.duration_s


def _forgotten(scene: Scene) -> Mapping[str, Scene]:
    """The twins about blocks, and a landscape that is another one where nobody looked."""
    violated = FAMILIES["build"].twins(scene).violated
    twins = {name: violated[name] for name in _TWINS if name in violated}
    (changed,) = twins["block_changes"].violations
    anew = replace(changed, kind="reseeded", amount=1.0, vector=(0.0, 0.0, 0.0), other="")
    return {**twins, "reseeded": scene.violated(anew)}
