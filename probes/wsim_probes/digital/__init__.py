"""Digital worlds: games of blocks, in which keys are pressed."""
