"""The trusted side of a check: tasks, kinds of checks, comparing. Sees no submission's code."""
