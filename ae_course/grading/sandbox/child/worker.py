"""The program that the sandbox starts: it loads the libraries once and serves the grader.

It is run as a file, by a Python that knows no installed packages until they are named to it.
"""

import contextlib
import gc
import json
import os
import select
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

_TICK = 0.05


def _end_when_closed(control: socket.socket) -> Callable[[], None]:
    """End this process should the grader go while libraries are loaded; return what stops that."""
    done = threading.Event()

    def watch() -> None:
        poll = select.poll()
        poll.register(control, select.POLLRDHUP)
        while not done.wait(_TICK):
            if poll.poll(0):
                os._exit(0)

    thread = threading.Thread(target=watch)
    thread.start()

    def stop() -> None:
        done.set()
        thread.join()

    return stop


def main() -> None:
    """Load the libraries, say so, and serve."""
    config = json.loads(sys.argv[1])
    sys.argv = [""]
    sys.path = [*sys.path[1:], *config["path"]]
    control = socket.socket(fileno=config["control"])
    try:
        from ae_course.grading.sandbox.child import confine, mounts

        loaded = _end_when_closed(control)
        if config["uid"] is not None:
            with contextlib.suppress(OSError):  # then the known solution says what is out of reach
                mounts.show(config["needed"], Path(config["stage"]))
            if config["level"] != "full":  # there all is mounted to be read only
                with contextlib.suppress(OSError):
                    mounts.forget_reading()
        confine.adopt_orphans()
        confine.hide_memory()
        for folder in config["scratch"]:
            os.chmod(folder, 0o1777 if config["level"] == "full" else 0o711)  # noqa: PTH101
        zygote = import_module("ae_course.grading.sandbox.child.zygote")
        for name in config["preload"]:
            import_module(name)
        server = zygote.Zygote(control, config)
        server.empty_scratch()  # of what the libraries left there
    except BaseException as error:
        control.send(json.dumps({"failed": f"{type(error).__name__}: {error}"[:2000]}).encode())
        raise
    loaded()
    sys.stdout.flush()
    sys.stderr.flush()
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"ready": True}).encode())
    server.serve()


if __name__ == "__main__":
    main()
