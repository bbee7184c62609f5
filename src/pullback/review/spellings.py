"""How people spell the arguments and results of backward functions, by the operator's own names for them.

Specials, which no operator has as a parameter, begin with "@": "@y_bar" the output's cotangent, "@y" the output,
"@switches", "@probabilities" (softmax of the logits), "@cache" and "@ctx" (what forward left), "@options" (a
dictionary of options), "@shape:x" the shape of an array, "@size:w" its spatial sizes, "@part:kernel_size:0" an option
of one axis.
"""

from __future__ import annotations

from collections.abc import Iterable

Y_BAR = (
    "y_bar dout d_out dy dz da dh dl g grad grad_output grad_outputs grad_out grad_y gy delta deltas upstream "
    "upstream_grad upstream_gradient upstream_derivative output_grad output_gradient out_grad dl_dy dl_dout dl_dz "
    "dl_da d_l_d_out dldout dldy dldz dloss dloss_dout cotangent ct output_cotangent gradient gradients top_diff "
    "da_curr error err doutput d_output grad_in dnext dz_curr"
)
Y = "y out output outputs result y_out fwd"
SWITCHES = "switches indices idx argmax max_idx max_indices argmaxes winners"
CACHE = "cache caches residuals saved linear_cache activation_cache res"
CTX = "ctx context"
OPTIONS = (
    "conv_param conv_params pool_param pool_params hparameters hparams params param hyper_parameters options bn_param "
    "ln_param gn_param config kwargs cfg"
)

_X = "x input inputs inp image images img data a_prev prev a h_prev in_data bottom activation features x_in x_data"
_W = "w weight weights filter filters kernel kernels k f fs ws theta h"
_BIAS = "bias b biases beta0 bs"
_KERNEL = (
    "kernel_size kernel ksize kernel_shape pool_size pool_shape pool pool_kernel filter_size filter_shape window "
    "window_size win size f k w filter"
)
ARRAYS = {
    "x": _X,
    "w": _W,
    "bias": _BIAS,
    "logits": "logits scores x z input inputs predictions prediction pred y_pred y_hat yhat output out o a",
    "log_probs": "log_probs logprobs logp x input log_probabilities log_p y_pred pred",
    "p": "p probs probabilities prob y_pred y_hat yhat pred prediction predictions output out a al x input",
    "prediction": "prediction predictions pred preds y_pred y_hat yhat output out x input a y",
    "target": "target targets label labels y t y_true ytrue truth ground_truth gt expected desired classes",
    "switches": SWITCHES,
    "a": "a x lhs left",
    "b": "b y w rhs right",
    "mean": "mean mu running_mean",
    "var": "var variance running_var sigma2",
}
NORM_ARRAYS = {"weight": "weight gamma scale g w", "bias": "bias beta shift offset b"}
OPTIONS_SPELLED = {
    "stride": "stride strides s step pool_stride conv_stride",
    "padding": "padding pad pads p paddings padding_size pad_size",
    "dilation": "dilation dilations d dilate dil rate dilation_rate",
    "groups": "groups group n_groups num_groups g",
    "output_padding": "output_padding out_pad output_pad opad",
    "kernel_size": _KERNEL,
    "axis": "axis dim",
    "eps": "eps epsilon",
    "negative_slope": "negative_slope slope alpha leak leakage a",
    "alpha": "alpha a",
    "num_groups": "num_groups groups g group n_groups",
    "delta": "delta huber_delta threshold",
    "beta": "beta",
    "reduction": "reduction reduce",
    "label_smoothing": "label_smoothing smoothing epsilon eps ls",
    "padding_mode": "padding_mode pad_mode",
    "ceil_mode": "ceil_mode ceil",
    "count_include_pad": "count_include_pad include_pad",
    "normalized_shape": "normalized_shape norm_shape",
    "factor": "factor reg lam lambda_ lambd weight_decay l2",
}
_HIGH = "pool_h pool_height ph kernel_h kernel_height kh filter_h"
_WIDE = "pool_w pool_width pw kernel_w kernel_width kw filter_w"


def normal(name: str) -> str:
    """A name without case and underscores.

    >>> normal("grad_Output_")
    'gradoutput'
    """
    return name.replace("_", "").lower()


def spelled(text: str) -> set[str]:
    """The normal forms of the names in a text."""
    return {normal(word) for word in text.split()}


def of_parameter(name: str, op: str) -> set[str]:
    """Every spelling of an operator's parameter."""
    own = NORM_ARRAYS.get(name, "") if "norm" in op else ""
    return {normal(name)} | spelled(own or ARRAYS.get(name, "") or OPTIONS_SPELLED.get(name, ""))


def roles(op: str, arrays: Iterable[str], options: Iterable[str]) -> dict[str, str]:
    """What each spelling means in a backward function of this operator; earlier meanings win.

    >>> meant = roles("conv2d", ("x", "w", "bias"), ("stride", "padding"))
    >>> [meant.get(normal(name)) for name in ("dout", "A_prev", "K", "pad", "x_shape")]
    ['@y_bar', 'x', 'w', 'padding', '@shape:x']
    """
    arrays, options = list(arrays), list(options)
    found: dict[str, str] = {}
    is_loss = any(a in arrays for a in ("target",))

    def add(names: Iterable[str], role: str) -> None:
        for name in names:
            found.setdefault(name, role)

    for name in (*arrays, *options):
        add([normal(name)], name)
    if "logits" in arrays:
        add(spelled("probs probabilities p softmax softmax_out softmax_output"), "@probabilities")
    add(spelled(Y_BAR) - (spelled("delta") if "delta" in options else set()), "@y_bar")
    add(spelled(CTX), "@ctx")
    if is_loss:
        add(of_parameter("target", op), "target")
    elif len(arrays) == 1 and not options:
        # sigmoid_backward(dA, A), softmax_backward(dout, s): the letter of the output
        add(spelled(Y + " a s sigmoid_out softmax_out softmax tanh_out"), "@y")
    for name in arrays:
        add(of_parameter(name, op), name)
        add(spelled(f"{name}_shape shape_{name} {name}shape"), f"@shape:{name}")
    if arrays[:1] == ["x"]:
        add(spelled("input_shape in_shape input_dims image_shape shape"), "@shape:x")
        add(spelled("input_size in_size"), "@size:x")
    if "w" in arrays:
        add(spelled("weight_shape filter_shape kernel_shape"), "@shape:w")
        add(spelled("kernel_size filter_size ksize"), "@size:w")
    add(spelled("z"), arrays[0])
    for name in options:
        add(of_parameter(name, op), name)
    if "kernel_size" in options:
        add(spelled(_HIGH), "@part:kernel_size:0")
        add(spelled(_WIDE), "@part:kernel_size:1")
    add(spelled(Y), "@y")
    add(spelled(SWITCHES), "@switches")
    add(spelled(CACHE), "@cache")
    add(spelled(OPTIONS), "@options")
    return found


def options_among(words: Iterable[str], op: str, options: Iterable[str]) -> list[str]:
    """The options that normal words spell, such as the keys of a dictionary of options.

    >>> options_among({"pad", "poolheight", "x"}, "max_pool2d", ("kernel_size", "stride", "padding"))
    ['kernel_size', 'padding']
    """
    words = set(words)
    parts = {"kernel_size": spelled(f"{_HIGH} {_WIDE}")}
    return [k for k in options if words & (of_parameter(k, op) | parts.get(k, set()))]


def gradient_of(name: str, op: str, arrays: Iterable[str]) -> str:
    """The array whose gradient a result of this name is; empty where the name tells nothing.

    >>> arrays = ("x", "w", "bias")
    >>> [gradient_of(name, "conv2d", arrays) for name in ("dA_prev", "grad_filters", "db", "w_bar", "dL_dX", "foo")]
    ['x', 'w', 'bias', 'w', 'x', '']
    """
    arrays = tuple(arrays)
    word = normal(name)
    meant = {s: a for a in reversed(arrays) for s in (*of_parameter(a, op), normal(a))}
    if arrays[:1] == ("x",):
        meant |= {"z": meant.get("z", "x"), "padded": "x", "xpadded": "x", "xpad": "x", "dpad": "x", "aprevpad": "x"}
    for start in ("dloss/d", "dld", "dl", "gradient", "grad", "delta", "d", "g", "nabla", ""):
        for end in ("bar", "grad", "gradient", "g", ""):
            if (start or end) and word.startswith(start) and word.endswith(end):
                core = word[len(start) : len(word) - len(end)]
                if core in meant:
                    return meant[core]
    return ""
