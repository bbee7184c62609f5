"""The mistakes that a diagnosis can name: what was done, why it is wrong, how it is mended, and when it shows."""

from __future__ import annotations

from pullback.diagnose.mistake import Mistake
from pullback.diagnose.mistakes_of_convolutions import CONVOLUTION
from pullback.diagnose.mistakes_of_layers import ACTIVATION, POOLING
from pullback.diagnose.mistakes_of_passes import LOSS, PASS
from pullback.diagnose.mistakes_of_sums import BIAS, SUMS

MISTAKES: dict[str, Mistake] = {m.key: m for m in (*SUMS, *BIAS, *CONVOLUTION, *POOLING, *ACTIVATION, *LOSS, *PASS)}
"""Every mistake by its key."""
