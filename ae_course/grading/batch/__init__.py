"""For teachers: a class is graded, on one machine or several, and reported."""
