"""For learners: `check`, `hint` and `progress` in the notebook, `next` and `reset` beside it."""
