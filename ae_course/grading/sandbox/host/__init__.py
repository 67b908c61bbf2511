"""The trusted side of the sandbox: it starts the child, asks, and measures the time."""
