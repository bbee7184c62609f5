"""ONNX's own node cases, run by the importer: on arrays, and traced and interpreted."""

import re

import numpy as np
import onnx
import pytest
from onnx import helper

from onnx_import.cases import SUPPORTED, all_cases, compare, computed, interpreted
from onnx_import.left_out import (
    LEFT_OUT,
    NOT_IMPORTED,
    OTHER_KIND_WHILE_TRACING,
    WITHOUT_A_CASE,
    reason_to_leave_out,
)
from pullback import io, ops
from pullback.errors import PullbackError
from pullback.ops.registry import REGISTRY

HERE = [c for c in all_cases() if c.is_supported]
RUN = [c for c in HERE if not reason_to_leave_out(c.name)]
BY_NAME = {c.name: c for c in RUN}
KINDS = {"u": "i"}


def kind(array):
    return KINDS.get(array.dtype.kind, array.dtype.kind)


@pytest.mark.parametrize("case", RUN, ids=str)
def test_the_case_agrees_on_arrays_in_numbers_and_types(case):
    function = io.load_onnx(case.model)
    for inputs, expected in case.data_sets:
        outputs = computed(function, inputs)
        compare(case, outputs, expected)
        assert [v.dtype for v in outputs] == [v.dtype for v in expected]


@pytest.mark.parametrize("case", RUN, ids=str)
def test_the_case_agrees_when_traced_and_interpreted(case):
    function = io.load_onnx(case.model)
    for inputs, expected in case.data_sets:
        outputs = interpreted(function, inputs)
        compare(case, outputs, expected)
        if not any(re.fullmatch(p, case.name) for p in OTHER_KIND_WHILE_TRACING):
            assert [kind(v) for v in outputs] == [kind(v) for v in expected]


def test_more_than_a_thousand_cases_are_run():
    assert len(RUN) > 1000


def test_every_operator_of_the_library_that_onnx_has_is_imported():
    ops.load_all()
    assert {r.onnx for r in REGISTRY.values() if r.onnx} <= SUPPORTED


def test_the_operators_that_are_not_imported_are_the_listed_ones():
    assert frozenset.union(*(c.operators for c in all_cases())) - SUPPORTED == NOT_IMPORTED


def test_the_operators_without_a_case_are_the_listed_ones():
    assert SUPPORTED - frozenset.union(*(c.operators for c in RUN)) == set(WITHOUT_A_CASE)


@pytest.mark.parametrize("pattern", LEFT_OUT)
def test_every_pattern_of_cases_left_out_fits_a_case(pattern):
    assert any(re.fullmatch(pattern, c.name) for c in HERE)


@pytest.mark.parametrize("case", [c for c in HERE if reason_to_leave_out(c.name)], ids=str)
def test_no_case_that_is_left_out_would_pass(case):
    with pytest.raises((PullbackError, AssertionError)):
        run(case)


def run(case):
    function = io.load_onnx(case.model)
    for inputs, expected in case.data_sets:
        compare(case, computed(function, inputs), expected)


def perturbed(case, expected):
    """The expected outputs with one number changed by more than the tolerance."""
    changed = [v.copy() for v in expected]
    for v in changed:
        finite = np.flatnonzero(np.isfinite(v.astype(np.float64)))
        if finite.size:
            at = np.unravel_index(finite[0], v.shape)
            step = 4 * (case.atol + case.rtol * abs(float(v[at])))
            v[at] = not v[at] if v.dtype.kind == "b" else v[at] + (step if v.dtype.kind == "f" else 1)
            return changed
    return None


def test_every_case_fails_when_one_expected_number_is_perturbed():
    without_numbers = set()
    for case in RUN:
        inputs, expected = case.data_sets[0]
        wrong = perturbed(case, expected)
        if wrong is None:
            without_numbers.add(case.name)
            continue
        with pytest.raises(AssertionError):
            compare(case, computed(io.load_onnx(case.model), inputs), wrong)
    assert len(without_numbers) < 40


MUTATIONS = [
    ("test_conv_with_strides_padding", "strides", [1, 1]),
    ("test_conv_with_strides_and_asymmetric_padding", "pads", [0, 1, 0, 1]),
    ("test_conv_with_autopad_same", "auto_pad", "VALID"),
    ("test_Conv2d_dilated", "dilations", [1, 1]),
    ("test_convtranspose_dilations", "dilations", [1, 1]),
    ("test_convtranspose_output_shape", "output_shape", [10, 7]),
    ("test_maxpool_2d_dilations", "dilations", [1, 1]),
    ("test_maxpool_2d_ceil", "ceil_mode", 0),
    ("test_maxpool_with_argmax_2d_precomputed_strides", "storage_order", 0),
    ("test_averagepool_2d_pads_count_include_pad", "count_include_pad", 0),
    ("test_averagepool_2d_same_lower", "auto_pad", "SAME_UPPER"),
    ("test_lppool_2d_default", "p", 3),
    ("test_lrn", "bias", 1.0),
    ("test_gemm_alpha", "alpha", 1.0),
    ("test_gemm_transposeA", "transA", 0),
    ("test_softmax_axis_0", "axis", 1),
    ("test_leakyrelu", "alpha", 0.2),
    ("test_reduce_sum_do_not_keepdims_random", "keepdims", 1),
    ("test_argmax_keepdims_example_select_last_index", "select_last_index", 0),
    ("test_reflect_pad", "mode", "edge"),
    ("test_depthtospace_example", "mode", "CRD"),
    ("test_batchnorm_epsilon", "epsilon", 1e-5),
    ("test_layer_normalization_4d_axis1", "axis", 2),
    ("test_nllloss_NCd1_ii", "ignore_index", 0),
    ("test_sce_mean", "reduction", "sum"),
    ("test_transpose_all_permutations_1", "perm", [0, 1, 2]),
]


@pytest.mark.parametrize(("name", "attribute", "value"), MUTATIONS)
def test_a_case_fails_when_one_attribute_of_its_model_is_changed(name, attribute, value):
    case = BY_NAME[name]
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    kept = [a for a in model.graph.node[0].attribute if a.name != attribute]
    del model.graph.node[0].attribute[:]
    model.graph.node[0].attribute.extend([*kept, helper.make_attribute(attribute, value)])
    inputs, expected = case.data_sets[0]
    with pytest.raises((PullbackError, AssertionError)):
        compare(case, computed(io.load_onnx(model), inputs), expected)
