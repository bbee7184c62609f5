"""Kernels: code for stages, best first; the plain loop nest computes whatever the others decline."""
