"""The columns of the tables of float64 that the kernels read.

A scene at one time is a row for every body, a row for every primitive (bodies are one or more), and flat
lists of what some primitives need: half-spaces, balls that are bitten off, strokes of paint.
"""

# Shapes, in the order in which the kernels ask: the most common first.
PLANE, SPHERE, BOX, CYLINDER, CAPSULE, ELLIPSOID, CONVEX = range(7)

# Bodies. Primitives and bites of a body are neighbours; the last index is excluded.
FIRST_PART, LAST_PART = 0, 1
FIRST_BITE, LAST_BITE = 2, 3
CASTS = 4  # whether it throws shadows on others
MIRRORED = 5  # whether mirrors show it
CONVEX_WHOLE = 6  # one primitive without bites: no part of it stands before another
SHADOW_SHIFT, MIRROR_SHIFT = 7, 10  # 3 columns each, metres: how far its shadow and image are displaced
BODY_COLUMNS = 13

# Primitives.
SHAPE = 0
OWNER = 1  # row of its body
POSITION = 2  # 3 columns, metres
ROTATION = 5  # 9 columns, world from local, row by row
SIZE = 14  # 3 columns: half extents along the local axes, a capsule's without its caps
FIRST_FACE, LAST_FACE = 17, 18  # rows of the table of half-spaces
MATERIAL = 19
CELLS = 20  # texture frequency, 1/m
COLOUR, COLOUR_B = 21, 24  # 3 columns each, linear
GLOSS, MIRROR = 27, 28  # share of light in highlights, and as in a mirror
TEXTURE_SEED = 29
FIRST_STROKE, LAST_STROKE = 30, 31  # rows of the table of strokes
PART_COLUMNS = 32

# Half-spaces: unit normal and offset, local. Bites: centre and radius, world; no bite where it is 0.
OUTWARD, OFFSET = 0, 3
FACE_COLUMNS = 4
BALL, RADIUS = 0, 3
BITE_COLUMNS = 4

# Light: two axes across it and the one towards it, then how to find a place in the bins of shadows.
ACROSS, UP, TOWARDS, BINS = 0, 1, 2, 3
LIGHT_ROWS = 5
SHADOW_BINS = 64  # along each of the two axes across the light; the first and last bin are outside

# Numbers of faces. A convex solid counts its half-spaces from 0.
LEFT, RIGHT, FRONT, BACK, BOTTOM, TOP = range(6)
SIDE, CYLINDER_TOP, CYLINDER_BOTTOM = range(3)
LAST_NUMBERED = 62
BITTEN = 63  # inside a bite

# A camera is a row: eye, right, down, forward (3 each), focal length, principal point x and y, in pixels.
EYE, RIGHT_AXIS, DOWN_AXIS, FORWARD, FOCAL, CENTRE_X, CENTRE_Y = 0, 3, 6, 9, 12, 13, 14
CAMERA_COLUMNS = 15

FAR = 1e30
