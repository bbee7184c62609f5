"""ONNX models as functions: one file per family of operators, each operator a small function over Pullback's own."""

from pullback.io.onnx_import.function import OnnxFunction, load_onnx, supported_operators
from pullback.io.onnx_import.model import OnnxInput

__all__ = ["OnnxFunction", "OnnxInput", "load_onnx", "supported_operators"]
