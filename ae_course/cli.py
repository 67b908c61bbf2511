"""The `ae-course` command."""


def main():
    """Run it."""
