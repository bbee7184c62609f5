"""The ONNX importer. The folder is not called `onnx`: on the import path that name would hide the package."""
