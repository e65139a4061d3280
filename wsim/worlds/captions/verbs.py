"""What can happen, as words: the table of verbs, of ways, and of moves of the camera.

To add a verb, add one entry to `VERBS`: its key, one or more phrasings, and the ways it can go. A phrasing is
in the third person; a group in brackets is left out when its slot is empty, and a slot without brackets must
be filled:

    "roll": Verb(("rolls[ {way}][ on {object}]",), MOTION)

gives `rolls`, `rolls to the left`, `rolls to the left on a grey floor`. The plural (`roll`) is derived from
the first word. No phrasing may contain a comma or `and`, which join happenings, nor be a phrasing of another
verb: a caption must be readable back to its facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """How to say that something happens.

    Attributes:
        phrasings: all of the same meaning; the first is the plainest.
        ways: keys of `WAYS` that it can go.
        contrary: the key of a verb that is false wherever this one is true, "" if there is none. It must
            take the same slots.
    """

    phrasings: tuple[str, ...]
    ways: tuple[str, ...] = ()
    contrary: str = ""

    def takes(self, slot: str) -> bool:
        """Whether it can have an `object` or a `way`."""
        return f"{{{slot}}}" in self.phrasings[0]

    def needs(self, slot: str) -> bool:
        """Whether nothing can be said without one."""
        return self.takes(slot) and f"{{{slot}}}]" not in self.phrasings[0]


WAYS: Mapping[str, str] = {
    "left": "to the left",
    "right": "to the right",
    "up": "up",
    "down": "down",
    "up left": "up to the left",
    "up right": "up to the right",
    "down left": "down to the left",
    "down right": "down to the right",
    "towards": "towards the camera",
    "away": "away from the camera",
    "forward": "forwards",
    "back": "backwards",
    "left to right": "from left to right",
    "right to left": "from right to left",
    "bottom to top": "from bottom to top",
    "top to bottom": "from top to bottom",
    "from left": "from the left",
    "from right": "from the right",
    "from above": "from above",
    "from below": "from below",
    "to and fro": "from side to side",
    "round": "in a circle",
    "clockwise": "clockwise",
    "anticlockwise": "anticlockwise",
    "once": "once",
    "twice": "twice",
    "three times": "three times",
    "four times": "four times",
    "five times": "five times",
    "six times": "six times",
}

OPPOSITE_WAY: Mapping[str, str] = {
    a: b
    for pair in (
        ("left", "right"), ("up", "down"), ("up left", "up right"), ("down left", "down right"),
        ("towards", "away"), ("forward", "back"), ("left to right", "right to left"),
        ("bottom to top", "top to bottom"), ("from left", "from right"), ("from above", "from below"),
        ("clockwise", "anticlockwise"), ("once", "twice"), ("three times", "five times"),
        ("four times", "six times"),
    )
    for a, b in (pair, pair[::-1])
}  # fmt: skip

SIDEWAYS = ("left", "right")
ACROSS = ("left to right", "right to left", "bottom to top", "top to bottom")
FROM = ("from left", "from right", "from above", "from below")
TURNS = ("left", "right", "clockwise", "anticlockwise")
TIMES = ("once", "twice", "three times", "four times", "five times", "six times")
MOTION = (
    *SIDEWAYS, "up", "down", "up left", "up right", "down left", "down right", "towards", "away", "forward",
    "back", *ACROSS, *FROM, "to and fro", "round", "clockwise", "anticlockwise",
)  # fmt: skip

VERBS: Mapping[str, Verb] = {
    # going
    "move": Verb(("moves[ {way}][ on {object}]", "travels[ {way}][ on {object}]"), MOTION, "stay_still"),
    "roll": Verb(("rolls[ {way}][ on {object}]", "rolls along[ {way}][ on {object}]"), MOTION),
    "slide": Verb(("slides[ {way}][ on {object}]", "glides[ {way}][ on {object}]"), MOTION),
    "fly": Verb(("flies[ {way}][ over {object}]",), MOTION),
    "walk": Verb(("walks[ {way}]",), MOTION),
    "roll_down": Verb(("rolls down {object}[ {way}]",), SIDEWAYS, "roll_up"),
    "roll_up": Verb(("rolls up {object}[ {way}]",), SIDEWAYS, "roll_down"),
    "slide_down": Verb(("slides down {object}[ {way}]",), SIDEWAYS, "slide_up"),
    "slide_up": Verb(("slides up {object}[ {way}]",), SIDEWAYS, "slide_down"),
    "approach": Verb(("comes closer[ to {object}]", "comes nearer[ to {object}]"), (), "recede"),
    "recede": Verb(("moves away[ from {object}]", "goes away[ from {object}]"), (), "approach"),
    "start": Verb(("starts to move[ {way}]", "sets off[ {way}]"), MOTION),
    "stop": Verb(("stops[ at {object}]", "comes to rest[ at {object}]"), (), "go_on"),
    "go_on": Verb(("goes on[ past {object}]", "moves on[ past {object}]"), (), "stop"),
    "slow_down": Verb(("slows down",), (), "speed_up"),
    "speed_up": Verb(("speeds up",), (), "slow_down"),
    "carry": Verb(("carries {object}[ {way}]",), MOTION),
    # coming and leaving, hidden and seen
    "come_in": Verb(("comes in[ {way}]", "comes into the picture[ {way}]"), FROM, "leave"),
    "leave": Verb(("leaves[ {way}]", "goes out of the picture[ {way}]"), (*MOTION, *SIDEWAYS), "come_in"),
    "come_back": Verb(("comes back[ {way}]", "returns[ {way}]"), MOTION),
    "pass_behind": Verb(
        ("passes[ {way}] behind {object}", "goes[ {way}] behind {object}"), MOTION, "pass_in_front"
    ),
    "pass_in_front": Verb(
        ("passes[ {way}] in front of {object}", "goes[ {way}] in front of {object}"), MOTION, "pass_behind"
    ),
    "pass_without_touch": Verb(
        (
            "passes[ {way}] in front of {object} without touching it",
            "moves[ {way}] close to {object} without touching it",
        ),
        MOTION,
    ),
    "pass_over": Verb(("passes[ {way}] over {object}",), MOTION, "pass_under"),
    "pass_under": Verb(("passes[ {way}] under {object}",), MOTION, "pass_over"),
    "pass_through": Verb(("goes[ {way}] through {object}", "passes[ {way}] through {object}"), MOTION),
    "enter": Verb(("goes[ {way}] into {object}", "enters {object}[ {way}]"), MOTION),
    "come_out": Verb(("comes out again[ {way}]", "comes out on the other side[ {way}]"), MOTION, "stay_in"),
    "stay_in": Verb(("does not come out",), (), "come_out"),
    "hide": Verb(("hides {object}",), (), "show"),
    "show": Verb(("shows {object} again",), (), "hide"),
    "slide_in_front": Verb(
        ("slides[ {way}] in front of {object}", "is drawn[ {way}] in front of {object}"), MOTION
    ),
    "slide_away": Verb(("slides away[ {way}]", "is drawn away[ {way}]"), MOTION),
    "appear": Verb(("appears",), (), "disappear"),
    "disappear": Verb(("disappears",), (), "appear"),
    # staying
    "stay": Verb(("stays[ on {object}]", "remains[ on {object}]"), (), ""),
    "stay_there": Verb(("stays there", "stays in its new place")),
    "stay_still": Verb(("stays still", "does not move")),
    "stay_clean": Verb(("stays clean",)),
    "stay_whole": Verb(("stays whole",)),
    "stay_dark": Verb(("stays dark", "does not light up"), (), "light_up"),
    "stay_closed": Verb(("stays closed",), (), "open"),
    "stand": Verb(("stands[ on {object}]",)),
    "rest": Verb(("rests on {object}", "lies on {object}")),
    "hang": Verb(("hangs[ from {object}]",)),
    # falling, flying, hitting
    "drop": Verb(("is dropped[ above {object}]", "is let go[ above {object}]"), (), "throw"),
    "throw": Verb(("is thrown[ {way}][ above {object}]",), MOTION, "drop"),
    "fall": Verb(("falls[ {way}][ onto {object}]", "drops[ {way}][ onto {object}]"), MOTION, "rise"),
    "fall_off": Verb(("falls off {object}[ {way}]", "falls from {object}[ {way}]"), SIDEWAYS, "stay_on"),
    "stay_on": Verb(("does not fall off {object}",), (), "fall_off"),
    "rise": Verb(("rises[ {way}]", "goes up[ {way}]"), SIDEWAYS, "fall"),
    "sink": Verb(("sinks[ {way}]",), SIDEWAYS, "rise"),
    "land": Verb(("lands on {object}", "comes down on {object}"), (), "miss"),
    "hit": Verb(("hits {object}", "strikes {object}"), (), "miss"),
    "miss": Verb(("misses {object}", "does not hit {object}"), (), "hit"),
    "touch": Verb(("touches {object}",), (), "not_touch"),
    "not_touch": Verb(("does not touch {object}",), (), "touch"),
    "bounce": Verb(("bounces[ {way}][ on {object}]",), (*TIMES, *SIDEWAYS, "up")),
    "bounce_off": Verb(("bounces off {object}[ {way}]", "bounces back from {object}[ {way}]"), MOTION),
    "collide": Verb(("collides with {object}", "runs into {object}"), (), "miss"),
    "knock_over": Verb(("knocks over {object}",), (), "miss"),
    "topple": Verb(("topples over[ {way}]", "tips over[ {way}]"), SIDEWAYS, "stand"),
    "topple_in_turn": Verb(("falls over one after another[ {way}]", "topples in turn[ {way}]"), SIDEWAYS),
    "tumble": Verb(("tumbles[ {way}][ over {object}]",), MOTION),
    # turning
    "turn": Verb(("turns[ {way}][ on {object}]",), (*TURNS, *TIMES)),
    "spin": Verb(("spins[ {way}]", "spins round[ {way}]"), (*TURNS, *TIMES)),
    "swing": Verb(("swings[ {way}]",), MOTION),
    "open": Verb(("opens[ {way}]", "swings open[ {way}]"), MOTION, "stay_closed"),
    "close": Verb(("closes[ {way}]", "swings shut[ {way}]"), MOTION, "open"),
    # doing something to something
    "push": Verb(("pushes {object}[ {way}]", "shoves {object}[ {way}]"), MOTION, "pull"),
    "pull": Verb(("pulls {object}[ {way}]",), MOTION, "push"),
    "get_pushed": Verb(("is pushed[ {way}][ by {object}]",), MOTION),
    "push_open": Verb(("pushes {object} open",)),
    "press": Verb(("presses {object}", "pushes down {object}"), (), "not_touch"),
    "release": Verb(("releases {object}", "lets go of {object}")),
    "use": Verb(("uses {object}", "pulls the handle of {object}")),
    "place": Verb(("places {object}", "puts down {object}"), (), "take"),
    "put_on": Verb(("is put on {object}", "is set down on {object}"), (), "take_off"),
    "take_off": Verb(("is taken off {object}",), (), "put_on"),
    "take": Verb(("takes away {object}", "picks up {object}"), (), "place"),
    "lift": Verb(("lifts {object}", "raises {object}"), (), "lower"),
    "lower": Verb(("lowers {object}", "lets down {object}"), (), "lift"),
    "get_lifted": Verb(("is lifted[ {way}]", "is raised[ {way}]"), MOTION, "get_lowered"),
    "get_lowered": Verb(("is lowered[ {way}]", "is let down[ {way}]"), MOTION, "get_lifted"),
    "cover": Verb(("covers {object}", "is put over {object}"), (), "uncover"),
    "uncover": Verb(("uncovers {object}", "lets {object} be seen"), (), "cover"),
    "get_covered": Verb(("is covered by one of {object}", "is put under one of {object}")),
    "get_uncovered": Verb(("is uncovered again", "can be seen again"), (), "stay_hidden"),
    "stay_hidden": Verb(("stays hidden",), (), "get_uncovered"),
    "swap": Verb(("swaps places with {object}", "changes places with {object}")),
    "swap_places": Verb(("swaps places[ {way}]", "changes places[ {way}]"), TIMES),
    "break": Verb(("breaks into pieces", "shatters"), (), "stay_whole"),
    "break_object": Verb(("breaks {object}", "shatters {object}"), (), "miss"),
    "bite": Verb(("takes a bite out of {object}[ {way}]", "bites into {object}[ {way}]"), TIMES),
    "paint": Verb(("paints {object}[ {way}]", "draws {object}[ {way}]"), ACROSS, "wipe"),
    "wipe": Verb(("wipes off {object}[ {way}]",), ACROSS, "paint"),
    "leave_behind": Verb(("leaves {object} behind", "leaves behind {object}")),
    "light_up": Verb(("lights up", "starts to shine"), (), "stay_dark"),
    "go_dark": Verb(("goes dark",), (), "light_up"),
    "change_colour": Verb(("changes colour",)),
    # fluids and shadows
    "pour": Verb(("pours into {object}", "runs into {object} from above"), ()),
    "fill": Verb(("fills {object}",), (), "empty"),
    "empty": Verb(("empties {object}",), (), "fill"),
    "fill_up": Verb(("fills up",), (), "run_dry"),
    "run_dry": Verb(("runs dry",), (), "fill_up"),
    "cast_shadow": Verb(("casts a shadow on {object}", "throws a shadow on {object}")),
    "be_reflected": Verb(("is reflected in {object}", "is seen in {object} too")),
    # somebody in a world of blocks
    "jump": Verb(("jumps[ {way}]",), (*MOTION, *TIMES)),
    "look": Verb(("looks[ {way}]",), MOTION),
    "look_away": Verb(("looks away[ {way}]",), MOTION),
    "look_back": Verb(("looks back again",)),
}  # fmt: skip

# Which tell no more than what must come of the rest: things keep, fall back, and are where they were.
FOLLOWING = (
    "stay", "stay_there", "stay_still", "stay_clean", "stay_whole", "rest", "get_uncovered", "bounce",
)  # fmt: skip

CAMERA: Mapping[str, tuple[str, ...]] = {
    # `Story.camera` is one of these keys, or several in order, joined by ", "
    "arc left": ("arcs to the left", "goes round to the left"),
    "arc right": ("arcs to the right", "goes round to the right"),
    "orbit left": ("goes all the way round to the left",),
    "orbit right": ("goes all the way round to the right",),
    "dolly in": ("moves forwards", "comes closer"),
    "dolly out": ("moves backwards", "draws back"),
    "truck left": ("moves to the left", "glides to the left"),
    "truck right": ("moves to the right", "glides to the right"),
    "crane up": ("rises",),
    "crane down": ("sinks",),
    "pan left": ("turns to the left",),
    "pan right": ("turns to the right",),
    "look away left": ("looks away to the left",),
    "look away right": ("looks away to the right",),
    "come back": ("comes back", "returns"),
    "turn back": ("turns back", "looks back again"),
    "wait": ("waits",),
    "shake": ("shakes a little", "is held by hand"),
    "cut": ("changes to another view",),
    "cut back": ("changes back to the first view",),
    "follow": ("follows",),
    "walk forward": ("walks forwards",),
    "walk back": ("walks backwards",),
    "walk left": ("walks to the left",),
    "walk right": ("walks to the right",),
    "look up": ("looks up",),
    "look down": ("looks down",),
    "jump": ("jumps",),
}

OPPOSITE_MOVE: Mapping[str, str] = {
    a: b
    for one, other in (("left", "right"), ("in", "out"), ("up", "down"), ("forward", "back"))
    for head in ("arc", "orbit", "dolly", "truck", "crane", "pan", "look away", "walk", "look")
    for a, b in ((f"{head} {one}", f"{head} {other}"), (f"{head} {other}", f"{head} {one}"))
    if a in CAMERA and b in CAMERA
}
