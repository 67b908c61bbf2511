"""The message format between grader and submission: a JSON header of limited size, then raw bytes.

Nothing that arrives is executed or unpickled. A header says which values follow; sizes and
dtypes are checked before a byte of them is read; the sender of a question checks the answer's id.
"""

import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

HEADER_BYTES = 1 << 20
"""No header is longer."""

DTYPES = frozenset(
    ["bool", "float16", "float32", "float64"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)
"""What an array may hold."""

_DEPTH, _NODES, _NDIM, _INT_BITS = 6, 4096, 8, 64


class ProtocolError(Exception):
    """What came, or was to be sent, is not a message within the limits."""


def pack(header: dict[str, Any], value: Any = None, value_bytes: int = 1 << 24) -> list[bytes]:
    """Return one message as the buffers to send.

    Args:
        header: JSON, without the key `value`.
        value: None, a bool, number, string or array, or tuples, lists and dicts
            of these.
        value_bytes: the most that the arrays may take together.

    Raises:
        ProtocolError: if the value is of another type or too large.
    """
    arrays: list[np.ndarray] = []
    tree = _describe(value, arrays, value_bytes, 0)
    text = json.dumps({**header, "value": tree}, ensure_ascii=True).encode()
    if len(text) > HEADER_BYTES:
        raise ProtocolError("is too large; long lists are better returned as an array")
    return [struct.pack("<I", len(text)) + text, *(array.tobytes() for array in arrays)]


def unpack(read: Callable[[int], bytes], value_bytes: int = 1 << 24) -> tuple[dict, Any]:
    """Read one message: its header and its value.

    Args:
        read: returns exactly as many bytes as it is asked for, or raises.
        value_bytes: the most that the arrays may take together.

    Raises:
        ProtocolError: if it is not such a message.
    """
    (length,) = struct.unpack("<I", read(4))
    if length > HEADER_BYTES:
        raise ProtocolError(f"a header of {length} bytes")
    try:
        header = json.loads(bytes(read(length)))
    except (ValueError, RecursionError):
        raise ProtocolError("a header that is not JSON") from None
    if not isinstance(header, dict):
        raise ProtocolError("a header that is not an object")
    tree = header.pop("value", None)
    counts = {"nodes": 0, "bytes": 0}
    _measure(tree, counts, 0)
    if counts["bytes"] > value_bytes:
        raise ProtocolError(f"is too large: {counts['bytes']:,} bytes, allowed {value_bytes:,}")
    return header, _build(tree, read)


def _describe(value: Any, arrays: list[np.ndarray], value_bytes: int, depth: int) -> Any:
    if depth > _DEPTH:
        raise ProtocolError("is nested too deeply")
    if isinstance(value, np.generic):
        value = np.asarray(value)
    kind = type(value)
    if value is None or kind in (bool, float):
        return value if kind is not float or math.isfinite(value) else {"f": repr(value)}
    if kind is int:
        if value.bit_length() > _INT_BITS:
            raise ProtocolError("is too large a whole number")
        return value
    if kind is str:
        return value.encode("utf-8", "replace").decode()
    if kind is np.ndarray:
        return _describe_array(value, arrays, value_bytes)
    if kind in (tuple, list):
        return {
            "t" if kind is tuple else "l": [
                _describe(v, arrays, value_bytes, depth + 1) for v in value
            ]
        }
    if kind is dict and all(type(key) is str for key in value):
        return {"d": {k: _describe(v, arrays, value_bytes, depth + 1) for k, v in value.items()}}
    raise ProtocolError(f"is a {kind.__name__}, not a number, a text or an array")


def _describe_array(array: np.ndarray, arrays: list[np.ndarray], value_bytes: int) -> dict:
    if array.dtype == np.longdouble:
        array = array.astype(np.float64)
    if array.dtype.name not in DTYPES:
        raise ProtocolError(f"is an array of {array.dtype}, not of real numbers")
    used = sum(other.nbytes for other in arrays)
    if array.nbytes + used > value_bytes or array.ndim > _NDIM:
        raise ProtocolError(f"is too large: shape {array.shape}, allowed {value_bytes:,} bytes")
    arrays.append(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape))
    return {"a": [array.dtype.name, list(array.shape)]}


def _measure(tree: Any, counts: dict[str, int], depth: int) -> None:
    counts["nodes"] += 1
    if depth > _DEPTH or counts["nodes"] > _NODES:
        raise ProtocolError("a value that is nested too deeply")
    if tree is None or isinstance(tree, (bool, float, str)):
        return
    if isinstance(tree, int):
        if tree.bit_length() > _INT_BITS:
            raise ProtocolError("too large a whole number")
        return
    if not isinstance(tree, dict) or len(tree) != 1:
        raise ProtocolError("a value of an unknown kind")
    ((kind, content),) = tree.items()
    if kind == "f" and content in ("nan", "inf", "-inf"):
        return
    if kind in ("t", "l") and isinstance(content, list):
        for item in content:
            _measure(item, counts, depth + 1)
    elif kind == "d" and isinstance(content, dict):
        for item in content.values():
            _measure(item, counts, depth + 1)
    elif kind == "a" and isinstance(content, list) and len(content) == 2:
        counts["bytes"] += _array_bytes(*content)
    else:
        raise ProtocolError("a value of an unknown kind")


def _array_bytes(dtype: Any, shape: Any) -> int:
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise ProtocolError("an array of a dtype that is not allowed")
    if not isinstance(shape, list) or len(shape) > _NDIM:
        raise ProtocolError("an array whose shape is not one")
    if not all(type(n) is int and 0 <= n < 1 << 40 for n in shape):
        raise ProtocolError("an array whose shape is not one")
    return math.prod(shape) * np.dtype(dtype).itemsize


def _build(tree: Any, read: Callable[[int], bytes]) -> Any:
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind == "f":
        return float(content)
    if kind == "d":
        return {key: _build(item, read) for key, item in content.items()}
    if kind == "a":
        return _build_array(*content, read)
    items = [_build(item, read) for item in content]
    return tuple(items) if kind == "t" else items


def _build_array(dtype: str, shape: list[int], read: Callable[[int], bytes]) -> np.ndarray:
    data = bytearray(read(_array_bytes(dtype, shape)))
    if dtype == "bool":  # a byte other than 0 and 1 would be no boolean
        return (np.frombuffer(data, np.uint8) != 0).reshape(shape)
    array = np.frombuffer(data, np.dtype(dtype).newbyteorder("<"))
    return array.astype(dtype, copy=False).reshape(shape)
