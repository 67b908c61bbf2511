"""The trusted definitions: one file an exercise, named like its notebook, holding `EXERCISE`."""
