"""Where submissions run: `host` starts and questions the sandbox, `child` runs inside it."""
