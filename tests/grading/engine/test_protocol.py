"""Only plain values of the allowed kinds and sizes cross the pipe, and nothing else is believed."""

import contextlib
import io
import json
import struct

from ae_course.grading.sandbox.child.protocol import (
    DTYPES,
    HEADER_BYTES,
    ProtocolError,
    pack,
    unpack,
)

import numpy as np
import pytest


def reader(data):
    stream = io.BytesIO(data)

    def read(count):
        read.asked = max(read.asked, count)
        found = stream.read(count)
        if len(found) < count:
            raise ProtocolError("the end")
        return found

    read.asked = 0
    return read


def through(value):
    header, came = unpack(reader(b"".join(pack({"id": "1"}, value))))
    assert header == {"id": "1"}
    return came


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -(2**40),
        1.5,
        float("inf"),
        -0.0,
        "text ∂",
        (),
        (1, (2.0, "x")),
        [1, [2]],
        {"a": 1},
    ],
)
def test_plain_values_come_through(value):
    came = through(value)
    assert came == value and type(came) is type(value)


def test_nan_comes_through():
    assert np.isnan(through(float("nan")))


@pytest.mark.parametrize("dtype", sorted(DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
def test_arrays_come_through(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    came = through(array)
    assert came.dtype == array.dtype and came.shape == shape and (came == array).all()


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3).T, np.arange(3, dtype=">f8")])
def test_memory_order_and_byte_order_do_not_matter(array):
    assert (through(array) == array).all()


@pytest.mark.parametrize(
    "value",
    [
        object(),
        b"bytes",
        {1: 2},
        2**70,
        1j,
        np.array([1j]),
        np.array([object()]),
        np.array(["text"]),
        np.zeros(3, "f8,i4"),
        np.zeros(3, "M8[s]"),
        np.broadcast_to(0.0, (10**6, 10**6)),
        np.zeros(10**7),
        ["x" * 10**6] * 3,
        type("Float", (float,), {})(1),
        type("Array", (np.ndarray,), {})(3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_not_sent(value):
    with pytest.raises(ProtocolError):
        pack({"id": "1"}, value)


def message(tree, data=b""):
    text = json.dumps({"id": "1", "value": tree}).encode()
    return struct.pack("<I", len(text)) + text + data


@pytest.mark.parametrize(
    "tree",
    [
        {"a": ["float64", [10**6, 10**6]]},
        {"a": ["float64", [2**39, 2**39, 0]]} | {"x": 1},
        {"a": ["float64", [-1]]},
        {"a": ["float64", [True]]},
        {"a": ["float64", [1.5]]},
        {"a": ["float64", "3"]},
        {"a": ["object", [1]]},
        {"a": ["complex128", [1]]},
        {"a": [["float64"], [1]]},
        {"a": ["float64", [1] * 9]},
        {"a": 5},
        {"p": "pickle"},
        {"f": "1e5"},
        {"t": 3},
        [1, 2],
        2**80,
        {"t": [{"t": [{"t": [{"t": [{"t": [{"t": [{"t": [1]}]}]}]}]}]}]},
        {"t": [0] * 5000},
    ],
    ids=str,
)
def test_forged_values_are_refused_before_their_bytes_are_read(tree):
    read = reader(message(tree, bytes(100)))
    with pytest.raises(ProtocolError):
        unpack(read)
    assert read.asked < HEADER_BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        struct.pack("<I", 3) + b"\xff\xfe\xfd",
        struct.pack("<I", 2) + b"[]",
        struct.pack("<I", 100_000) + b"[" * 100_000,
        struct.pack("<I", 8) + b'{"a": 1,',
        struct.pack("<I", 5006) + b'{"a":' + b"1" * 5000 + b"}",
    ],
)
def test_forged_headers_are_refused(data):
    with pytest.raises(ProtocolError):
        unpack(reader(data))


def test_a_byte_that_is_no_boolean_becomes_one():
    _, came = unpack(reader(message({"a": ["bool", [3]]}, b"\x00\x01\x7f")))
    assert came.dtype == bool and came.view(np.uint8).tolist() == [0, 1, 1]


def test_random_bytes_raise_nothing_but_a_protocol_error():
    rng = np.random.default_rng(0)
    good = b"".join(pack({"id": "1"}, (np.ones((2, 3)), 1.5, "text", {"k": [1]})))
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(rng.integers(1, 6)):
            data[rng.integers(len(data))] = rng.integers(256)
        with contextlib.suppress(ProtocolError):
            unpack(reader(bytes(data[: rng.integers(1, len(data) + 1)])))
