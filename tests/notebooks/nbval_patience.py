"""A pytest plugin: give nbval's cells time on a busy machine, where five seconds are built in."""

SECONDS = 600


def pytest_itemcollected(item):
    """Wait longer for the outputs of a cell that has finished."""
    if hasattr(item, "output_timeout"):
        item.output_timeout = SECONDS
