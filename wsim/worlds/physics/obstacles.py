"""What stands in the way of balls: planes, boxes and balls that do not move, and when a ball meets them.

A ball touches a box when its centre enters the box grown by its radius, whose boundary is made of faces,
of cylinders round the edges and of balls round the corners: the first of them that is entered is the touch.

Axis letters: `face` of planes and boxes, `block` boxes.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from wsim.worlds.physics import rotations
from wsim.worlds.physics.flight import Flight
from wsim.worlds.physics.touch import TOUCHING_M, falling_roots, touches
from wsim.worlds.scene import Body, Part

_SIGNS = list(itertools.product((-1.0, 1.0), repeat=2))


@dataclass(frozen=True, slots=True)
class Meeting:
    """A ball meets `owner` after `in_s` seconds, where the unit `normal` points to the ball."""

    in_s: float
    owner: int
    normal: Float64[np.ndarray, " 3"]
    flat: bool  # a face, on which a ball can come to rest


@dataclass(frozen=True)
class Obstacles:
    """All still surfaces. `owner` is the index of a body in the scene; `sides` span a face, `half_m` wide."""

    owner: Int64[np.ndarray, " face"]
    centre_m: Float64[np.ndarray, "face 3"]
    normal: Float64[np.ndarray, "face 3"]
    sides: Float64[np.ndarray, "face 2 3"]
    half_m: Float64[np.ndarray, "face 2"]
    block: Int64[np.ndarray, " face"]  # of which box it is a face; -1 for planes
    block_owner: tuple[int, ...]
    block_centre_m: Float64[np.ndarray, "block 3"]
    block_axes: Float64[np.ndarray, "block 3 3"]  # rows: local x, y, z in the world
    block_half_m: Float64[np.ndarray, "block 3"]
    pegs: tuple[tuple[int, Float64[np.ndarray, " 3"], float], ...]  # owner, centre, radius

    def gaps(
        self, flight: Flight, reach_m: Float64[np.ndarray, " body"]
    ) -> tuple[Float64[np.ndarray, " face"], Float64[np.ndarray, " face"], Float64[np.ndarray, " face"]]:
        """Distance to every face, its rate and its acceleration."""
        gap = np.einsum("fk,fk->f", self.normal, flight.position_m - self.centre_m) - reach_m[self.owner]
        return gap, self.normal @ flight.velocity, self.normal @ flight.acceleration

    def over(
        self,
        position_m: Float64[np.ndarray, "face 3"],
        velocity: Float64[np.ndarray, "face 3"],
        wider_m: Float64[np.ndarray, " face"],
    ) -> Bool[np.ndarray, " face"]:
        """Whether a point is above each face; one that goes out over the very edge is not."""
        along = np.einsum("fsk,fk->fs", self.sides, position_m - self.centre_m)
        outward = np.sign(along) * np.einsum("fsk,fk->fs", self.sides, velocity)
        room = self.half_m + wider_m[:, None] - np.abs(along)
        within = (room > TOUCHING_M) | ((room >= -TOUCHING_M) & (outward <= 0.0))
        return np.asarray(within.all(axis=1))

    def first_meeting(
        self,
        flight: Flight,
        reach_m: Float64[np.ndarray, " body"],
        solid: Bool[np.ndarray, " body"],
        ignored: Bool[np.ndarray, " face"],
    ) -> Meeting | None:
        """The first touch with a face, an edge, a corner or a peg; None if there is none.

        Args:
            flight: of the centre of the ball.
            reach_m: the ball's radius, as every body of the scene feels it.
            solid: the bodies that it can touch.
            ignored: faces on which it rests.
        """
        gap, rate, acceleration = self.gaps(flight, reach_m)
        in_s = falling_roots(gap, rate, acceleration)
        in_s[~solid[self.owner]] = np.inf
        reaches = np.isfinite(in_s)
        t = np.where(reaches, in_s, 0.0)[:, None]
        there = flight.position_m + t * flight.velocity + 0.5 * t * t * flight.acceleration
        moving = flight.velocity + t * flight.acceleration
        flat = reaches & ~ignored & self.over(there, moving, np.zeros(len(t)))
        found = [
            Meeting(float(in_s[f]), int(self.owner[f]), self.normal[f], flat=True)
            for f in np.flatnonzero(flat)
        ]
        grown = reaches & self.over(there, moving, np.maximum(reach_m[self.owner], 0.0))
        # Who rests on a face of a box touches nothing else of it before the end of that face.
        near = self._round_ahead(in_s, flat, grown) | self._within(flight, reach_m)
        for block in sorted(near - set(self.block[ignored].tolist())):
            if solid[self.block_owner[block]]:
                found += self._round_meetings(block, flight, reach_m[self.block_owner[block]])
        for owner, centre, radius_m in self.pegs:
            if solid[owner]:
                found += _meetings_with_ball(owner, centre, radius_m + reach_m[owner], flight)
        return min(found, key=lambda meeting: meeting.in_s, default=None)

    def _round_ahead(
        self,
        in_s: Float64[np.ndarray, " face"],
        flat: Bool[np.ndarray, " face"],
        grown: Bool[np.ndarray, " face"],
    ) -> set[int]:
        """The boxes whose grown bounds a ball enters beside a face, where edges and corners are."""
        entered: dict[int, int] = {}
        for face in np.flatnonzero(grown & (self.block >= 0)).tolist():
            first = entered.setdefault(int(self.block[face]), face)
            if in_s[face] < in_s[first]:
                entered[int(self.block[face])] = face
        return {block for block, face in entered.items() if not flat[face]}

    def _within(self, flight: Flight, reach_m: Float64[np.ndarray, " body"]) -> set[int]:
        """The boxes within whose grown bounds the ball is already."""
        found = set()
        for block, owner in enumerate(self.block_owner):
            local = self.block_axes[block] @ (flight.position_m - self.block_centre_m[block])
            if (np.abs(local) <= self.block_half_m[block] + reach_m[owner] + TOUCHING_M).all():
                found.add(block)
        return found

    def _round_meetings(self, block: int, flight: Flight, reach_m: float) -> list[Meeting]:
        """Touches with the edges and corners of a box."""
        axes, half = self.block_axes[block], self.block_half_m[block]
        local = axes @ (flight.position_m - self.block_centre_m[block])
        velocity, acceleration = axes @ flight.velocity, axes @ flight.acceleration
        found = []
        for axis in range(3):
            others = [k for k in range(3) if k != axis]
            for signs in _SIGNS:
                offset = local[others] - np.array(signs) * half[others]
                for t in touches(offset, velocity[others], acceleration[others], reach_m):
                    along = local[axis] + t * velocity[axis] + 0.5 * t * t * acceleration[axis]
                    if abs(along) <= half[axis] + TOUCHING_M:
                        found.append(t)
        for corner in itertools.product((-1.0, 1.0), repeat=3):
            found += touches(local - np.array(corner) * half, velocity, acceleration, reach_m)[:1]
        return [meeting for t in found if (meeting := self._meeting_at(block, flight, t, reach_m))]

    def _meeting_at(self, block: int, flight: Flight, t: float, reach_m: float) -> Meeting | None:
        """None if the ball is then in the box already."""
        axes, half = self.block_axes[block], self.block_half_m[block]
        local = axes @ (flight.after(t) - self.block_centre_m[block])
        away = (local - np.clip(local, -half, half)) @ axes
        distance_m = float(np.linalg.norm(away))
        if distance_m < reach_m - TOUCHING_M:
            return None
        return Meeting(t, self.block_owner[block], away / distance_m, flat=False)


def _meetings_with_ball(
    owner: int, centre_m: Float64[np.ndarray, " 3"], reach_m: float, flight: Flight
) -> list[Meeting]:
    found = []
    for t in touches(flight.position_m - centre_m, flight.velocity, flight.acceleration, reach_m)[:1]:
        away = flight.after(t) - centre_m
        found.append(Meeting(t, owner, away / np.linalg.norm(away), flat=False))
    return found


def obstacles_of(bodies: tuple[Body, ...]) -> Obstacles:
    """The planes (their upper side), boxes and balls among the bodies that are static, with their parts."""
    faces: list[tuple[int, int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    blocks: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]] = []
    pegs = []
    for index, body in enumerate(bodies):
        if body.motion != "static":
            continue
        for shape, size, centre, axes in _primitives(body):
            if shape == "plane":
                half = np.where(size[:2] > 0.0, size[:2], np.inf)
                faces.append((index, -1, centre, axes[2], axes[:2], half))
            elif shape == "box":
                faces += _faces_of_box(index, len(blocks), centre, axes, size)
                blocks.append((index, centre, axes, size))
            elif shape == "sphere":
                pegs.append((index, centre, float(size[0])))
    return Obstacles(
        owner=np.array([face[0] for face in faces], dtype=np.int64),
        block=np.array([face[1] for face in faces], dtype=np.int64),
        centre_m=np.array([face[2] for face in faces]).reshape(-1, 3),
        normal=np.array([face[3] for face in faces]).reshape(-1, 3),
        sides=np.array([face[4] for face in faces]).reshape(-1, 2, 3),
        half_m=np.array([face[5] for face in faces]).reshape(-1, 2),
        block_owner=tuple(block[0] for block in blocks),
        block_centre_m=np.array([block[1] for block in blocks]).reshape(-1, 3),
        block_axes=np.array([block[2] for block in blocks]).reshape(-1, 3, 3),
        block_half_m=np.array([block[3] for block in blocks]).reshape(-1, 3),
        pegs=tuple(pegs),
    )


def _primitives(body: Body) -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Shape, size, centre and axes (rows) in the world of a body and its parts."""
    position, rotation = np.array(body.position_m), np.array(body.rotation)
    pieces: list[Body | Part] = [body, *body.parts]
    found = []
    for piece in pieces:
        centre, turn = position, rotation
        if isinstance(piece, Part):
            centre = position + rotations.rotate(rotation, np.array(piece.position_m))
            turn = rotations.multiply(rotation, np.array(piece.rotation))
        axes = np.stack([rotations.rotate(turn, axis) for axis in np.eye(3)])
        found.append((str(piece.shape), np.array(piece.size_m), centre, axes))
    return found


def _faces_of_box(
    owner: int, block: int, centre: np.ndarray, axes: np.ndarray, half: np.ndarray
) -> list[tuple[int, int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    found = []
    for axis in range(3):
        others = [k for k in range(3) if k != axis]
        for sign in (1.0, -1.0):
            normal = sign * axes[axis]
            found.append((owner, block, centre + half[axis] * normal, normal, axes[others], half[others]))
    return found
