"""What happens when Keras is imported: no start-up log, and every class of the course registered.

`keras.saving.load_model` finds a class by the name under which it was registered, which its module
does when it is imported. So the models and optimizers are imported right after Keras, whichever of
Keras and this package is imported first.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from tempfile import TemporaryFile

_REGISTERING = ("ae_course.models", "ae_course.training.optimizers")
_START_UP = re.compile(
    rb"I0000 |WARNING: All log messages before absl::InitializeLog|To enable the following instr"
)


def prepare() -> None:
    """Register the models now, if Keras is there already, or else when it is imported."""
    if "keras" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _KerasFinder())


def _register() -> None:
    for name in _REGISTERING:
        import_module(name)


class _KerasFinder(MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname == "keras" else None
        if spec is not None:
            spec.loader = _KerasLoader(spec.loader, self)
        return spec


class _KerasLoader(Loader):
    def __init__(self, loader: Loader, finder: MetaPathFinder):
        self._loader, self._finder = loader, finder

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module) -> None:
        module.__loader__ = module.__spec__.loader = self._loader
        with without_start_up_log():
            self._loader.exec_module(module)
        sys.meta_path.remove(self._finder)
        _register()


@contextmanager
def without_start_up_log() -> Iterator[None]:
    """Leave out what TensorFlow logs for information while it is loaded; pass on all the rest.

    It writes these lines to file descriptor 2, which a notebook shows, before
    `TF_CPP_MIN_LOG_LEVEL` counts. That level is read once: 3, unless the user chose another, keeps
    "failed call to cuInit" out of every first cell on a machine without a GPU. TensorFlow's
    failures reach the user as exceptions, its warnings in Python as ever.
    """
    try:
        descriptor = os.dup(2)
    except OSError:  # a process without standard error
        yield
        return
    before = os.environ.get("TF_CPP_MIN_LOG_LEVEL")
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = before or "3"
    with TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(descriptor, 2)
            os.close(descriptor)
            if before is None:
                del os.environ["TF_CPP_MIN_LOG_LEVEL"]
            log.seek(0)
            os.write(2, b"".join(line for line in log if not _START_UP.match(line)))
