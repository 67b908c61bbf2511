"""Training: `fit`, the compiled loops behind it, greedy stages, progress and seeds."""
