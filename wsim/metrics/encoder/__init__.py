"""The in-domain encoder: clips and captions of wsim's own worlds in one space, small enough to ship."""
