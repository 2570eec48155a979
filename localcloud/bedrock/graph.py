"""Writes all-MiniLM-L6-v2 as an ONNX graph: token ids in, unit-length sentence vectors out.

A BERT encoder (Devlin et al. 2018) of six layers, mean pooling and the L2 norm (Reimers and Gurevych 2019),
built node by node from the safetensors, so that no torch is needed. There is no attention mask: texts of one
batch must have the same number of tokens.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

VERSION = 2  # part of the cache key: raise it when the graph changes
LAYERS, HEADS, HIDDEN, EPSILON = 6, 12, 384, 1e-12
_OPSET = 20  # the first with Gelu

type Tensors = Mapping[str, NDArray[np.float32]]


class _Builder:
    """Collects nodes and constants; every method returns the name of the value it adds."""

    def __init__(self, tensors: Tensors) -> None:
        self.tensors = tensors
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401 # numbers, lists
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.tensors[name])

    def shape(self, *sizes: int) -> str:
        return self.constant(f"shape_{sizes}", np.array(sizes, dtype=np.int64))

    def linear(self, value: str, name: str) -> str:
        matrix = self.constant(f"{name}.weight", self.tensors[f"{name}.weight"].T)
        return self.add("Add", self.add("MatMul", value, matrix), self.weight(f"{name}.bias"))

    def norm(self, value: str, name: str) -> str:
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.add("LayerNormalization", value, scale, bias, axis=-1, epsilon=EPSILON)


def write(weights: Path, target: Path) -> None:
    """Writes the fp32 graph of `weights` (safetensors) to `target`."""
    write_atomically(target, lambda path: onnx.save_model(_model(load_file(weights)), str(path)))


def write_int8(source: Path, target: Path) -> None:
    """Writes `source` with its matrix products quantised per channel, activations measured as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata  # type: ignore[import-untyped]

    model = onnx.load_model(str(source))
    add_pre_process_metadata(model)  # a hand-written graph has nothing to fold; without the mark it warns

    def quantise(path: Path) -> None:
        quantize_dynamic(
            model, path, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip

    write_atomically(target, quantise)


def write_atomically(target: Path, save: Callable[[Path], object]) -> None:
    """Lets `save` write a file beside `target` and renames it: a reader never sees half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        draft = Path(folder) / target.name
        save(draft)
        os.replace(draft, target)  # noqa: PTH105 # atomic over an existing file on every platform


def _model(tensors: Tensors) -> onnx.ModelProto:
    build = _Builder(tensors)
    hidden = _embed(build)
    for layer in range(LAYERS):
        hidden = _encode(build, hidden, f"encoder.layer.{layer}")
    last = helper.make_node("Identity", [_pool(build, hidden)], ["vectors"])
    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", HIDDEN])]
    graph = helper.make_graph(
        [*build.nodes, last], "all-MiniLM-L6-v2", inputs, outputs, [*build.constants.values()]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)


def _embed(build: _Builder) -> str:
    """The sum of word, position and (always the first) segment embeddings, normalised."""
    words = build.add("Gather", build.weight("embeddings.word_embeddings.weight"), "ids")
    length = build.add("Slice", build.add("Shape", "ids"), build.shape(1), build.shape(2))
    table = build.weight("embeddings.position_embeddings.weight")
    positions = build.add("Slice", table, build.shape(0), length, build.shape(0))
    segment = build.constant("segment", build.tensors["embeddings.token_type_embeddings.weight"][0])
    return build.norm(build.add("Add", build.add("Add", words, positions), segment), "embeddings.LayerNorm")


def _scalar(value: float) -> NDArray[np.float32]:
    return np.array(value, dtype=np.float32)


def _encode(build: _Builder, hidden: str, name: str) -> str:
    attended = build.linear(
        _attend(build, hidden, f"{name}.attention.self"), f"{name}.attention.output.dense"
    )
    middle = build.norm(build.add("Add", attended, hidden), f"{name}.attention.output.LayerNorm")
    wide = build.add("Gelu", build.linear(middle, f"{name}.intermediate.dense"))
    return build.norm(
        build.add("Add", build.linear(wide, f"{name}.output.dense"), middle), f"{name}.output.LayerNorm"
    )


def _attend(build: _Builder, hidden: str, name: str) -> str:
    query = _heads(build, build.linear(hidden, f"{name}.query"), [0, 2, 1, 3])
    key = _heads(build, build.linear(hidden, f"{name}.key"), [0, 2, 3, 1])
    value = _heads(build, build.linear(hidden, f"{name}.value"), [0, 2, 1, 3])
    scale = build.constant("scale", _scalar((HIDDEN / HEADS) ** -0.5))
    scores = build.add("Mul", build.add("MatMul", query, key), scale)
    context = build.add("MatMul", build.add("Softmax", scores, axis=-1), value)
    return build.add("Reshape", build.add("Transpose", context, perm=[0, 2, 1, 3]), build.shape(0, 0, HIDDEN))


def _heads(build: _Builder, value: str, order: list[int]) -> str:
    split = build.add("Reshape", value, build.shape(0, 0, HEADS, HIDDEN // HEADS))
    return build.add("Transpose", split, perm=order)


def _pool(build: _Builder, hidden: str) -> str:
    """The mean over tokens, scaled to length one."""
    mean = build.add("ReduceMean", hidden, build.shape(1), keepdims=0)
    return build.add("LpNormalization", mean, axis=-1, p=2)
