"""What Keras runs on, and how to choose it: backend, GPU, memory, precision."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass, field

from ae_course._versions import versions

import keras


@dataclass(frozen=True)
class Devices:
    """What Keras computes on in this process.

    Attributes:
        backend: "tensorflow", "jax" or "torch".
        gpus: the name of each GPU that the backend can use.
        gpu_memory: its memory in GiB, None where the backend does not tell.
        precision: the dtype policy of new layers, such as "float32" or "mixed_float16".
        xla: whether the backend compiles with XLA by default.
    """

    backend: str
    gpus: tuple[str, ...] = ()
    gpu_memory: tuple[float | None, ...] = field(default=())
    precision: str = "float32"
    xla: bool = False

    def __str__(self) -> str:
        sizes = [f"{size:.0f} GiB" if size else "memory unknown" for size in self.gpu_memory]
        gpus = [f"{name} ({size})" for name, size in zip(self.gpus, sizes, strict=True)]
        return (
            f"Keras on {self.backend}, {self.precision}, {'with' if self.xla else 'without'} XLA; "
            + (f"GPU: {', '.join(gpus)}" if gpus else "no GPU, computing on the CPU")
        )


def describe() -> Devices:
    """Return what Keras runs on; print it for a sentence in words."""
    backend = keras.backend.backend()
    gpus = GPUS_OF[backend]() if backend in GPUS_OF else []
    return Devices(
        backend=backend,
        gpus=tuple(name for name, _ in gpus),
        gpu_memory=tuple(size for _, size in gpus),
        precision=keras.config.dtype_policy().name,
        xla=backend == "jax" or (bool(gpus) and backend == "tensorflow"),
    )


def use_gpu(index: int = 0, memory_growth: bool = True) -> Devices:
    """Compute on one GPU; call it before the first model or tensor is made.

    Args:
        index: which, counted from 0 as in `describe().gpus`.
        memory_growth: on TensorFlow take memory as it is needed instead of all at once. (JAX:
            set `XLA_PYTHON_CLIENT_PREALLOCATE=false` before starting; torch always does.)

    Returns:
        What Keras runs on then.

    Raises:
        ValueError: if the index is no whole number.
        RuntimeError: if there is no such GPU (the message says what there is and what to do), or
            TensorFlow has started already.
    """
    found = describe()
    if not isinstance(index, int) or isinstance(index, bool):
        raise ValueError(f"index must be a whole number, got {index!r}.")
    if not 0 <= index < len(found.gpus):
        raise RuntimeError(f"there is no GPU {index}. {found}. {advice(found)}")
    if found.backend == "tensorflow":
        import tensorflow as tf

        gpu = tf.config.list_physical_devices("GPU")[index]
        tf.config.set_visible_devices(gpu, "GPU")
        tf.config.experimental.set_memory_growth(gpu, memory_growth)
    elif found.backend == "jax":
        import jax

        jax.config.update("jax_default_device", jax.devices("gpu")[index])
    else:
        import torch

        torch.cuda.set_device(index)
    return describe()


def use_mixed_precision(on: bool = True) -> Devices:
    """Let new layers compute in 16 bits and keep their weights in 32, or go back to 32.

    bfloat16 on JAX and on CPUs (no loss scaling needed), float16 on other GPUs. Losses stay in
    float32. It pays on GPUs with tensor cores; on a CPU it is mostly slower.

    Returns:
        What Keras runs on then.
    """
    found = describe()
    half = "mixed_float16" if found.gpus and found.backend != "jax" else "mixed_bfloat16"
    keras.config.set_dtype_policy(half if on else "float32")
    return describe()


def use_tensor_float(on: bool = True) -> None:
    """Let GPUs multiply float32 matrices with 10 bits of mantissa (TF32), or with all 23.

    Faster on NVIDIA GPUs from Ampere on; each product is good to about three digits. CPUs do not
    care. TensorFlow allows it from the start, JAX leaves it to the GPU, torch allows it in
    convolutions only.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_tensor_float_32_execution(on)
    elif backend == "jax":
        import jax

        jax.config.update("jax_default_matmul_precision", "tensorfloat32" if on else "highest")
    else:
        import torch

        torch.set_float32_matmul_precision("high" if on else "highest")
        torch.backends.cudnn.allow_tf32 = on  # convolutions


def advice(found: Devices) -> str:
    """Return what to do about the GPU, one sentence or two, given what was found."""
    if found.gpus:
        return "The GPU is used; there is nothing to set up."
    if not has_nvidia_driver():
        return (
            "No NVIDIA driver was found on this machine. Every chapter runs on the CPU; for a GPU "
            "use a machine that has one (Colab: Runtime, Change runtime type)."
        )
    return {
        "tensorflow": (
            "An NVIDIA driver is here but TensorFlow does not use it. On Linux: pip install -r "
            "requirements-gpu.txt. On Windows TensorFlow reaches the GPU only inside WSL2."
        ),
        "jax": "An NVIDIA driver is here but JAX does not use it: pip install 'jax[cuda12]'.",
    }.get(found.backend, "An NVIDIA driver is here but PyTorch does not use it: see pytorch.org.")


def doctor() -> str:
    """Return versions, devices and advice as text: what `ae-course doctor` prints."""
    found = describe()
    packages = ("ae-course", "keras", "tensorflow", "jax", "torch", "numpy", "scikit-learn")
    rows = [("system", f"{platform.system()} {platform.machine()}")]
    rows += versions(*packages).items()
    rows += [
        ("cores", str(os.cpu_count())),
        ("backend", found.backend),
        ("precision", found.precision),
        ("XLA", "on" if found.xla else "off"),
        ("GPU", ", ".join(found.gpus) or "none"),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join([*(f"{name:<{width}}  {text}" for name, text in rows), "", advice(found)])


def has_nvidia_driver() -> bool:
    """Tell whether NVIDIA's driver is on this machine, whatever the backend makes of it."""
    return shutil.which("nvidia-smi") is not None


def _tensorflow_gpus() -> list[tuple[str, float | None]]:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    sizes = _driver_memory() if len(gpus) == len(_driver_memory()) else [None] * len(gpus)
    names = [detail.get("device_name", "GPU") for detail in details]
    return list(zip(names, sizes, strict=True))


def _driver_memory() -> list[float | None]:
    """GiB of each GPU as the driver tells it; TensorFlow itself does not."""
    if not has_nvidia_driver():
        return []
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=20)
    return [float(size) / 1024 for size in answer.stdout.split() if size.isdigit()]


def _jax_gpus() -> list[tuple[str, float | None]]:
    import jax

    gpus = [device for device in jax.devices() if device.platform == "gpu"]
    sizes = [(gpu.memory_stats() or {}).get("bytes_limit") for gpu in gpus]
    return [(gpu.device_kind, size and size / 2**30) for gpu, size in zip(gpus, sizes, strict=True)]


def _torch_gpus() -> list[tuple[str, float | None]]:
    import torch

    count = torch.cuda.device_count()
    properties = [torch.cuda.get_device_properties(i) for i in range(count)]
    return [(gpu.name, gpu.total_memory / 2**30) for gpu in properties]


GPUS_OF = {"tensorflow": _tensorflow_gpus, "jax": _jax_gpus, "torch": _torch_gpus}
"""For each backend a function that returns the name and the GiB of every GPU it can use."""
