"""Which mistake is it: a claimed gradient against the exact one, and against those that mistakes would give.

    diagnosis = pb.diagnose(trace, "conv1.bias", claimed)
    print(diagnosis)

A mistake is a change to the declared sum or rule behind one step of the backward pass; the pass is run again with the
step changed, and the result compared with the claimed numbers.

    mistakes     what can be named, in words
    steps, sites the backward pass as steps that can be changed
    letters, windows, pooling, activations, bias, losses, passes   the changes
    candidates   the wrong gradients that they give, alone and two together
    claims       claimed numbers with their rounding
    diagnosis    the answer
"""

from pullback.callables import make_callable
from pullback.diagnose.diagnosis import Closest, Diagnosis, Finding
from pullback.diagnose.engine import diagnose
from pullback.diagnose.mistake import Mistake
from pullback.diagnose.mistakes import MISTAKES
from pullback.diagnose.search import Candidate, candidates

__all__ = ["MISTAKES", "Candidate", "Closest", "Diagnosis", "Finding", "Mistake", "candidates", "diagnose"]

make_callable(__name__, "pullback.diagnose.engine")
