"""Keys pressed one after the other by somebody in a world of blocks: aim, act, wait."""

from dataclasses import dataclass, field

from wsim.errors import WsimError
from wsim.worlds.blocks import agent
from wsim.worlds.families.landscape import aim
from wsim.worlds.scene import Action, ActionKind, Agent, Vec3

_REST_S = 0.1  # between an aim and what is then done, and after it


@dataclass
class Fingers:
    """A script in the making: what is pressed, what time it is, and where the agent then looks."""

    player: Agent
    time_s: float
    actions: list[Action] = field(default_factory=list)
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0

    def __post_init__(self) -> None:
        self.yaw_deg, self.pitch_deg = self.player.yaw_deg, self.player.pitch_deg

    def wait(self, lasts_s: float) -> None:
        """Press nothing."""
        self.time_s += lasts_s

    def turn(self, left_deg: float, up_deg: float = 0.0) -> None:
        """Turn and look up or down at the same time, as fast as can be."""
        turns: ActionKind = "turn_left" if left_deg > 0.0 else "turn_right"
        looks: ActionKind = "look_up" if up_deg > 0.0 else "look_down"
        turns_s, looks_s = abs(left_deg) / agent.TURN_DEG_S, abs(up_deg) / agent.LOOK_DEG_S
        for key, lasts_s in ((turns, turns_s), (looks, looks_s)):
            if lasts_s > 0.0:
                self.actions.append(Action(key, self.time_s, lasts_s))
        self.yaw_deg, self.pitch_deg = self.yaw_deg + left_deg, self.pitch_deg + up_deg
        self.time_s += max(turns_s, looks_s)

    def face(self, point: Vec3) -> None:
        """Bring a point into the middle of the picture."""
        yaw, pitch = aim(self.player, point)
        self.turn((yaw - self.yaw_deg + 180.0) % 360.0 - 180.0, pitch - self.pitch_deg)

    def press(self, key: ActionKind) -> float:
        """Do what happens once, with a short rest before and after; returns its time."""
        self.wait(_REST_S)
        at_s = self.time_s
        self.actions.append(Action(key, at_s))
        self.wait(_REST_S)
        return at_s

    def look_away(self, angle_deg: float, wait_s: float) -> float:
        """Turn by an angle (positive to the left), wait, and turn back; returns half time of the wait."""
        self.turn(angle_deg)
        middle_s = self.time_s + wait_s / 2
        self.wait(wait_s)
        self.turn(-angle_deg)
        return middle_s

    def script(self, duration_s: float, where: str) -> tuple[Action, ...]:
        """Everything that is pressed, if there is time for it.

        Raises:
            WsimError: the clip is too short.
        """
        if self.time_s > duration_s - 0.2:
            raise WsimError(
                f"{duration_s:g} s are too short to look away and back",
                where=where,
                remedy=f"give duration_s={self.time_s + 0.5:.1f} or a smaller angle",
            )
        return tuple(sorted(self.actions, key=lambda action: action.time_s))


def check_angle(angle_deg: float, where: str) -> None:
    """Refuse to look away by so little that the place stays in a wide picture, or by more than half a turn.

    Raises:
        WsimError: less than 100 or more than 180 degrees.
    """
    if not 100.0 <= angle_deg <= 180.0:
        raise WsimError(
            f"looking away by {angle_deg:g} degrees does not take the place out of view, or too far",
            where=where,
            remedy="give 100 to 180 degrees",
        )
