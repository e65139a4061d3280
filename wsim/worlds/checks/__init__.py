"""What a scene must be before it is simulated: one file for every kind of mistake."""
