"""Interchange with other tools: ONNX models as functions that trace, differentiate and compile."""

from pullback.io.onnx_import import OnnxFunction, OnnxInput, load_onnx, supported_operators

__all__ = ["OnnxFunction", "OnnxInput", "load_onnx", "supported_operators"]
