"""Running a benchmark: plan, run, store, resume, calibrate, summarise, compare."""
