"""All the code of the package's own that enters the sandbox, beside what the exercise provides."""
