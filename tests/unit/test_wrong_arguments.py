"""Every public function and class says which argument is of the wrong kind, and what it wants."""

import inspect
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import ae_course
from ae_course import Autoencoder

import keras
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

matplotlib.use("Agg")
NOT_TYPED = {
    "cli", "devices", "validation", "arguments", "choice", "compiled_loop", "engine", "jax_loop",
    "progress", "tensorflow_loop", "names", "own_loss", "sample_model", "precision", "random",
    "tensors", "few_labels", "binary_pixels", "optimizers", "streams", "options",
}  # fmt: skip
"""The modules of the engine, the command, the book's own cells and the experiments; a learner types
all others."""
PACKAGE = Path(ae_course.__file__).parent
FOR_LEARNERS = sorted(
    {path.stem for folder in (".", "models", "training", "evaluation")
     for path in (PACKAGE / folder).glob("[!_]*.py")} - NOT_TYPED | {"data"}
)  # fmt: skip

RNG = np.random.default_rng(0)
X = RNG.random((8, 4), dtype="float32")
LABELS = np.arange(8) % 2
OBJECTS = (object(), "three", {"a": 1}, 1j)
WRONG = (*OBJECTS, -1.5, np.float32(np.nan))


def parts():
    return {
        "encoder": keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "sigmoid")]),
        "decoder": keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)]),
    }


def variational_parts():
    code = ae_course.GaussianCode(2)
    return {**parts(), "encoder": keras.Sequential([keras.Input((4,)), code])}


def patch_parts():
    made = ae_course.MaskedAutoencoder.of_patches(**PATCHES, width=4)
    return {**PATCHES, "encoder": made.encoder, "decoder": made.decoder}


def gated_parts():
    encoder = keras.Sequential([keras.Input((4,)), ae_course.GatedCode(3)])
    return {"encoder": encoder, "decoder": ae_course.dictionary.dictionary_decoder(3, 4)}


def model():
    return Autoencoder.dense(4, code=2)


def compiled():
    made = model()
    made.compile("sgd", run_eagerly=keras.backend.backend() == "tensorflow")
    return made


def built_layer():
    layer = keras.layers.Dense(2)
    layer.build((None, 4))
    return layer


def small_prior():
    return ae_course.masked_prior((2, 2), codes=3, width=2, blocks=1)


HISTORY = SimpleNamespace(history={"loss": [2.0, 1.0]})
SIZES = {"input_dim": 4, "hidden": 3, "code": 2}
SIGMAS = {"activation": "tanh", "code_activation": "linear", "output_activation": "linear"}
PATCHES = {"image_shape": (2, 2), "size": 1}
IMAGE = {"image_shape": (3, 5, 2), "code": 2, "filters": 3}
SAMPLED = {"denoise": lambda x, s: x / 2, "shape": (3, 4), "levels": (2.0, 1.0)}
DRAWN = {"train": 20, "test": 10, "noise": 0.1, "seed": 0}
VALID = {  # a call that works, with every argument that has a kind of its own
    "Autoencoder": lambda: {**parts(), "loss": "squared_error"},
    "Autoencoder.dense": lambda: {**SIZES, **SIGMAS, "loss": "squared_error"},
    "Autoencoder.convolutional": lambda: {**IMAGE, **SIGMAS},
    "Autoencoder.encode": lambda: {"self": model(), "x": X, "batch_size": 3},
    "Autoencoder.decode": lambda: {"self": model(), "h": X[:, :2], "batch_size": 3},
    "Autoencoder.reconstruct": lambda: {"self": model(), "x": X, "batch_size": 3},
    "ContractiveAutoencoder": lambda: {**parts(), "weight": 0.1, "directions": 1, "seed": 1},
    "DenoisingAutoencoder": lambda: {
        **parts(), "corruption": "masking", "amount": 0.1, "seed": 1
    },
    "GaussianCode": lambda: {"code": 2, "beta": 1.0, "seed": 0},
    "VectorQuantizer": lambda: {"codes": 4, "commitment": 0.25, "decay": 0.99, "seed": 0},
    "FiniteScalarQuantizer": lambda: {"levels": (4, 3)},
    "MaskedConvolution": lambda: {"filters": 2, "size": 3},
    "masked_prior": lambda: {"shape": (2, 2), "codes": 3, "width": 4, "blocks": 1},
    "bits_of_codes": lambda: {"prior": small_prior(), "indices": np.zeros((2, 2, 2))},
    "sample_codes": lambda: {"prior": small_prior(), "n": 2, "seed": 0},
    "nearest_codes": lambda: {"h": X, "codebook": X[:2]},
    "perplexity": lambda: {"indices": LABELS, "codes": 2},
    "GatedAutoencoder": lambda: {**gated_parts(), "weight": 0.1},
    "GatedCode": lambda: {"code": 2},
    "JumpReLU": lambda: {"weight": 0.1, "threshold": 0.1, "bandwidth": 0.1},
    "NoiseConditionedDenoiser": lambda: {
        "network": ae_course.NoiseConditionedDenoiser.dense(4, 3).network, "lowest": 0.1,
        "highest": 10.0, "spread": 0.3, "seed": 0,
    },
    "NoiseConditionedDenoiser.dense": lambda: {"input_dim": 4, "hidden": 3},
    "NoiseConditionedDenoiser.denoise": lambda: {
        "self": ae_course.NoiseConditionedDenoiser.dense(4, 3), "x": X, "level": 0.5,
        "batch_size": 3,
    },
    "PCA": lambda: {"code": 2},
    "PCA.fit": lambda: {"self": ae_course.PCA(2), "x": X},
    "ImportanceWeightedAutoencoder": lambda: {**variational_parts(), "codes": 2},
    "RestrictedBoltzmannMachine": lambda: {**parts(), "seed": 1},
    "RestrictedBoltzmannMachine.dense": lambda: {
        "input_dim": 4, "code": 2, "code_activation": "linear", "output_activation": "sigmoid",
    },
    "InpaintingAutoencoder": lambda: {**parts(), **PATCHES, "masked": 0.5, "seed": 1},
    "InpaintingAutoencoder.fill_in": lambda: {
        "self": ae_course.InpaintingAutoencoder(**parts(), **PATCHES),
        "x": X, "seed": 0, "masked": 0.5,
    },
    "MaskedAutoencoder": lambda: {**patch_parts(), "masked": 0.5, "seed": 1},
    "MaskedAutoencoder.of_patches": lambda: {**PATCHES, "width": 4, "depth": 1, "heads": 2},
    "MaskedAutoencoder.fill_in": lambda: {
        "self": ae_course.MaskedAutoencoder.of_patches(**PATCHES, width=4),
        "x": X, "seed": 0, "masked": 0.5,
    },
    "SinePositions": lambda: {"rows": 2, "columns": 2},
    "attention_block": lambda: {"tokens": keras.Input((3, 4)), "heads": 2},
    "join_patches": lambda: {"patches": X[:, :, None], **PATCHES},
    "split_patches": lambda: {"x": X, **PATCHES},
    "SparseAutoencoder": lambda: {**parts(), "weight": 0.1, "target": 0.1},
    "SuperpositionModels": lambda: {
        "features": 4, "dimensions": 2, "copies": 2, "importance": [1.0, 0.9, 0.8, 0.7]
    },
    "SuperpositionModels.errors": lambda: {
        "self": ae_course.SuperpositionModels(4, 2), "x": X
    },
    "TiedDense": lambda: {"tied_to": built_layer(), "activation": "relu"},
    "TopK": lambda: {"k": 2},
    "VariationalAutoencoder": variational_parts,
    "VariationalAutoencoder.dense": lambda: {**SIZES, "beta": 1.0, "seed": 0},
    "VariationalAutoencoder.convolutional": lambda: {**IMAGE, "beta": 1.0, "seed": 0},
    "conv_decoder": lambda: {**IMAGE, "activation": "relu", "output_activation": "relu"},
    "conv_encoder": lambda: {**IMAGE, "activation": "relu", "code_activation": "relu"},
    "dense_decoder": lambda: {**SIZES, "activation": "relu", "output_activation": "relu"},
    "dictionary_decoder": lambda: {"code": 3, "features": 4},
    "dense_encoder": lambda: {**SIZES, "activation": "relu", "code_activation": "relu"},
    "squared_error": lambda: {"x": X, "x_reconstructed": X},
    "binary_crossentropy": lambda: {"x": X, "x_reconstructed": X},
    "get_measure": lambda: {"measure": "squared_error"},
    "convert": lambda: {
        "value": 1.0, "source": "squared_error", "target": "mean_squared_error", "features": 4
    },
    "noise_levels": lambda: {"count": 3, "lowest": 0.1, "highest": 10.0},
    "sample_by_ode": lambda: {**SAMPLED, "seed": 0},
    "sample_by_langevin": lambda: {**SAMPLED, "steps": 2, "step_size": 0.1, "seed": 0},
    "sigmoid_jacobian_norm": lambda: {"h": X[:, :2], "kernel": np.ones((4, 2))},
    "jacobian_norm": lambda: {"function": model().encoder, "x": X, "directions": 1, "seed": 0},
    "kl_to_standard_normal": lambda: {"mean": X, "log_variance": X},
    "kl_to_target_activity": lambda: {"h": X, "target": 0.1},
    "gaussian_noise": lambda: {"x": X, "amount": 0.3, "seed": 0},
    "log_mean_exp": lambda: {"values": X},
    "masking_noise": lambda: {"x": X, "amount": 0.3, "seed": 0},
    "principal_angles": lambda: {"a": X[:2], "b": X[2:4]},
    "reconstruction": lambda: {"model": model(), "x": X},
    "reconstruction_error": lambda: {"model": model(), "x": X, "measure": "squared_error"},
    "sample_errors": lambda: {"model": model(), "x": X, "measure": "squared_error"},
    "feature_errors": lambda: {"model": model(), "x": X},
    "threshold_by_quantile": lambda: {"normal_scores": X[:, 0], "false_alarms": 0.1},
    "threshold_by_f1": lambda: {"scores": X[:, 0], "labels": LABELS},
    "identity_distance": lambda: {"model": model(), "x": X, "seed": 0},
    "shuffled_pixels": lambda: {"x": X, "seed": 0},
    "linear_probe": lambda: {
        "train_codes": X, "train_labels": LABELS, "scaling": "one factor", "unlabeled": X
    },
    "linear_probe_accuracy": lambda: {
        "train_codes": X, "train_labels": LABELS, "test_codes": X, "test_labels": LABELS,
        "scaling": "one factor", "unlabeled": X,
    },
    "nearest": lambda: {"stored_codes": X, "query_codes": X, "k": 2},
    "knn_accuracy": lambda: {
        "train_codes": X, "train_labels": LABELS, "test_codes": X, "test_labels": LABELS, "k": 2
    },
    "precision_at_k": lambda: {
        "stored_codes": X, "stored_labels": LABELS, "query_codes": X, "query_labels": LABELS, "k": 2
    },
    "fit": lambda: {
        "model": model(), "x": X, "y": X, "epochs": 1, "batch_size": 4, "learning_rate": 0.1,
        "callbacks": None, "validation_data": X, "sample_weight": np.ones(8), "compiled": False,
    },
    "pretrain_greedily": lambda: {
        "x": X, "sizes": (3, 2), "activation": "relu", "code_activation": "relu",
        "output_activation": "relu", "make_stage": Autoencoder.dense, "epochs": 1,
        "compiled": False,
    },
    "fit_together": lambda: {
        "models": [compiled()], "x": X, "y": X, "epochs": 1, "batch_size": 4
    },
    "unroll": lambda: {"stages": [model()], "loss": "squared_error"},
    "seed_everything": lambda: {"seed": 0},
    "seeded": lambda: {"seed": 0},
    "show_source": lambda: {"obj": ae_course.fit},
    "show_images": lambda: {"images": X, "shape": (2, 2), "titles": "abcdefgh", "columns": 4},
    "show_reconstructions": lambda: {"x": X, "x_reconstructed": X, "shape": (2, 2)},
    "show_filters": lambda: {"weights": X, "shape": (2, 2), "columns": 4},
    "scatter_codes": lambda: {"codes": X[:, :2], "labels": LABELS},
    "plot_losses": lambda: {"histories": HISTORY},
    "show_decoded_grid": lambda: {
        "decode": model().decode, "low": (0, 0), "high": (1, 1), "steps": 2, "shape": (2, 2)
    },
    "load": lambda: {"name": "moons", "seed": 0},
    "GaussianMixture": lambda: {"means": X, "scale": 1.0},
    "draw_curves": lambda: {"points": np.full((2, 6), 10.0)},
    "curves": lambda: {"train": 4, "test": 4, "seed": 0},
    "digits": lambda: {"test": 360, "seed": 0},
    "mnist_small": lambda: {"validation": 500, "test": 1000, "seed": 0},
    "patches": lambda: {"train": 20, "test": 10, "size": 4, "seed": 0},
    "photos": lambda: {"train": 20, "test": 10, "seed": 0},
    "weighted_squared_error": lambda: {
        "x": X, "x_reconstructed": X, "importance": np.ones(4)
    },
    "revive_dead": lambda: {"model": model(), "x": X, "scale": 0.2, "seed": 0},
    "sparse_features": lambda: {
        "features": 5, "dimensions": 2, "probability": 0.1, "decay": 1.0, "train": 9, "test": 9,
        "seed": 0,
    },
    "moons": lambda: DRAWN,
    "spirals": lambda: DRAWN,
    "swiss_roll": lambda: DRAWN,
}  # fmt: skip


OTHERS = {  # checked by scikit-learn or tests of their own, records, loads of files, no arguments
    "AutoencoderTransformer", "export_model", "Dataset", "SparseFeatures", "Reconstructs",
    "curves_2006", "mnist", "fashion_mnist", "use_style", "check_alike", "for_each",
}  # fmt: skip


def public_names():
    for name in FOR_LEARNERS:
        module = getattr(ae_course, name)
        module = module if isinstance(module, ModuleType) else inspect.getmodule(module)
        for key in getattr(module, "__all__", vars(module)):
            value = getattr(module, key)
            own = getattr(value, "__module__", "").startswith(module.__name__)
            if key[0] != "_" and callable(value) and own:
                yield key


def called(name: str) -> Callable:
    """The function, class or method of this name."""
    first, *rest = name.split(".")
    found = None
    for place in (ae_course, *(getattr(ae_course, module) for module in FOR_LEARNERS)):
        found = found or getattr(place, first, None)
    for key in rest:
        found = getattr(found, key)
    return found


TENSORS = {
    "patches",
    "values",
    "x",
    "x_reconstructed",
    "h",
    "kernel",
    "mean",
    "log_variance",
    "codebook",
    "importance",
}  # may be numbers


def is_told(error: Exception, argument: str) -> bool:
    """Tell whether the message names the argument, or its kind in Keras' or the backend's words."""
    kind = argument.rpartition("_")[2]  # of an output_activation Keras says activation
    own = argument in TENSORS and "expected an array or a tensor of numbers" in str(error)
    return own or re.search(rf"\b({argument}|{kind})\b", str(error)) is not None


def test_every_public_name_is_tried():
    assert {*public_names()} - {key.partition(".")[0] for key in VALID} == OTHERS


@pytest.mark.parametrize("name", VALID)
def test_an_argument_of_the_wrong_kind_is_named(name):
    call, valid = called(name), VALID[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        call(**valid())
        unclear = []
        for argument in valid().keys() - {"self"}:
            for wrong in OBJECTS if argument in TENSORS else WRONG:
                try:
                    call(**{**valid(), argument: wrong})
                except (TypeError, ValueError) as error:
                    if not is_told(error, argument):
                        unclear.append(f"{argument}={wrong!r}: {type(error).__name__}: {error}")
                except Exception as error:
                    unclear.append(f"{argument}={wrong!r}: {type(error).__name__}: {error}")
                finally:
                    plt.close("all")
    assert not unclear, "\n".join(unclear)
