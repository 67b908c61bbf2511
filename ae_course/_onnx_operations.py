"""Operations of TensorFlow that tf2onnx does not know, in ONNX's: what `gelu` and `celu` need.

Importing this module is enough: tf2onnx finds them in its registry.
"""

import numpy as np
from onnx import TensorProto
from tf2onnx.handler import tf_op
from tf2onnx.utils import make_name


@tf_op("Erfc")
class ComplementaryErrorFunction:
    """1 − erf(x)."""

    @classmethod
    def version_9(cls, graph, node, **kwargs):
        """Put ONNX's Erf, and one minus it, in the place of the node."""
        _replace(graph, node, "Erf", lambda one, value: [one, value])


@tf_op("Expm1")
class ExponentialMinusOne:
    """exp(x) − 1."""

    @classmethod
    def version_6(cls, graph, node, **kwargs):
        """Put ONNX's Exp, and that minus one, in the place of the node."""
        _replace(graph, node, "Exp", lambda one, value: [value, one])


def _replace(graph, node, operation: str, difference_of) -> None:
    """Replace a node by an operation and a difference between it and one, in float32.

    Programs that run ONNX know the error function in float32 and lack it in float64.
    """
    shape, dtype = graph.get_shape(node.output[0]), graph.get_dtype(node.output[0])
    graph.remove_node(node.name)

    def put(kind, inputs, to=TensorProto.FLOAT, **options):
        return graph.make_node(kind, inputs, shapes=[shape], dtypes=[to], **options).output[0]

    value = put(operation, [put("Cast", node.input, attr={"to": TensorProto.FLOAT})])
    one = graph.make_const(make_name("one"), np.array(1, np.float32)).output[0]
    difference = put("Sub", difference_of(one, value))
    put("Cast", [difference], to=dtype, attr={"to": dtype}, outputs=node.output)
