"""What of ONNX's own cases is not run, and why: the published list of gaps."""

import re

LEFT_OUT = {
    r"test_cast(like)?_.*(BFLOAT16|FLOAT8|FLOAT4|INT4|INT2).*": "NumPy has no such type",
    r"test_.*_bfloat16(_expanded)?": "NumPy has no such type",
    r"test_equal_string(_broadcast)?": "texts are not numbers",
    r"test_identity_(sequence|opt)": "inputs that are lists or may be absent are not arrays",
    r"test_training_dropout(_default)?(_mask)?": "the random numbers of another generator",
}
"""Cases of operators that are imported: a pattern of the name, and the reason."""

_NAMES = """
    Acosh Adagrad Adam AffineGrid Asinh Atanh Attention Bernoulli BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr
    BitwiseXor BlackmanWindow CausalConvWithState Col2Im Compress ConcatFromSequence ConvInteger CumProd CumSum DFT
    DeformConv DequantizeLinear Det DynamicQuantizeLinear EyeLike GRU GatherND GridSample HammingWindow HannWindow
    Hardmax If ImageDecoder IsInf IsNaN LSTM LinearAttention Loop LpNormalization MatMulInteger MelWeightMatrix Mod
    Momentum NonMaxSuppression NonZero OneHot OptionalGetElement OptionalHasElement QLinearConv QLinearMatMul
    QuantizeLinear RNN RandomUniformLike Range ReduceProd RegexFullMatch Resize ReverseSequence RoiAlign
    RotaryEmbedding STFT Scan Scatter ScatterElements ScatterND SequenceAt SequenceConstruct SequenceEmpty
    SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence StringConcat StringNormalizer
    StringSplit SwiGLU TensorScatter TfIdfVectorizer TopK Trilu Unique ai.onnx.ml.ArrayFeatureExtractor
    ai.onnx.ml.Binarizer ai.onnx.ml.LabelEncoder ai.onnx.ml.TreeEnsemble ai.onnx.preview.FlexAttention
"""
NOT_IMPORTED = frozenset(_NAMES.split())
"""Operators that occur in ONNX's cases and are not imported; those of other domains with the domain's name."""

WITHOUT_A_CASE = {"GlobalLpPool": "test_operators.py"}
"""Operators that are imported and have no case in ONNX's suite: where they are tested instead."""

OTHER_KIND_WHILE_TRACING = (
    r"test_div_u?int.*",  # no formula divides integers: the quotient, cut off, is a whole number among floats
    r"test_pow_types_int.*",  # the same for powers
    r"test_reduce_max_bool_inputs",  # sums count truth values: false and true come out as 0 and 1
)
"""Cases whose result has the right numbers in another kind (float for integer, integer for truth value) when traced."""


def reason_to_leave_out(name):
    """Why a case is not run, or None."""
    return next((reason for pattern, reason in LEFT_OUT.items() if re.fullmatch(pattern, name)), None)
