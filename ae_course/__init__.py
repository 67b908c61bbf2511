"""A course on autoencoders, as a package: each chapter's idea is one short module.

Importing the package loads neither Keras nor a backend: a public name brings its module with it
the first time it is used, so that `import ae_course` and `ae-course --help` answer at once.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME_OF = {
    "Autoencoder": "autoencoder",
    "AutoencoderTransformer": "transformer",
    "ContractiveAutoencoder": "contractive",
    "DenoisingAutoencoder": "denoising",
    "PCA": "linear",
    "SparseAutoencoder": "sparse",
    "TiedDense": "layers",
    "TopK": "sparse",
    "VariationalAutoencoder": "variational",
    "fit": "training",
    "seed_everything": "training",
    "show_source": "source",
}
_MODULES = {
    "autoencoder",
    "compiled",
    "contractive",
    "convolutional",
    "data",
    "denoising",
    "devices",
    "experiments",
    "layers",
    "linear",
    "losses",
    "metrics",
    "neighbors",
    "noise",
    "plotting",
    "reproduce",
    "results",
    "source",
    "sparse",
    "stacked",
    "training",
    "transformer",
    "variational",
}

__all__ = sorted([*_HOME_OF, *(_MODULES - {"source"})])


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {__all__}")


def __dir__() -> list[str]:
    return __all__
