"""For authors: from a solution notebook to the exercise that learners get."""
