"""Sizes that are refused before Keras sees them, and those that real models have."""

from types import SimpleNamespace
from typing import Any

import pytest

from inspector.engine.size_bounds import metric_numbers, size_fault, state_numbers

TOO_LARGE: dict[str, tuple[str, dict[str, Any], str]] = {
    "strides": ("MaxPooling1D", {"pool_size": 1, "strides": 2**33}, "strides"),
    "strides in a list": ("Conv1D", {"kernel_size": [3], "strides": [2**33]}, "strides"),
    "a negative size": ("Conv1D", {"dilation_rate": -(2**31)}, "dilation_rate"),
    "a window of many pixels": ("MaxPooling2D", {"pool_size": (2**11, 2**11)}, "pool_size"),
    "one number for two axes": (
        "Conv2D",
        {"kernel_size": 3, "dilation_rate": 2**11},
        "dilation_rate",
    ),
    "kernel and dilation together": (
        "Conv1D",
        {"kernel_size": 2**12, "dilation_rate": 2**12},
        "dilation_rate",
    ),
    "strides of a transposed convolution": (
        "Conv1DTranspose",
        {"kernel_size": 2, "strides": 2**14},
        "strides",
    ),
    "differences of differences": ("Diff", {"n": 10**6}, "n"),
    "a split": ("array_split", {"indices_or_sections": 10**6}, "indices_or_sections"),
    "power iterations": ("SpectralNormalization", {"power_iterations": 10**6}, "power_iterations"),
    "any other number": ("RepeatVector", {"n": 2**31}, "n"),
    "a number inside lists": ("ZeroPadding2D", {"padding": [[0, 0], [0, 2**31]]}, "padding"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_size_that_means_nothing_is_found(name: str) -> None:
    kind, arguments, argument = TOO_LARGE[name]
    fault = size_fault(kind, arguments)
    assert fault is not None
    assert fault.argument == argument
    assert fault.size > fault.limit


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("MaxPooling1D", {"pool_size": 16_000, "strides": 16_000, "padding": "same"}),
        ("Conv2D", {"kernel_size": (7, 7), "dilation_rate": (2, 2), "use_bias": True}),
        ("Dropout", {"rate": 0.5, "seed": 2**63}),
        ("RepeatVector", {"n": 100_000}),
        ("Split", {"indices_or_sections": [2, 4], "axis": -1}),
        ("Masking", {"mask_value": 1e12, "name": "masking"}),
    ],
)
def test_sizes_of_real_models_pass(kind: str, arguments: dict[str, Any]) -> None:
    assert size_fault(kind, arguments) is None


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ({"num_classes": 20_000}, 4 * 20_000**2),
        ({"num_thresholds": 10**8}, 16 * 10**8),
        ({"thresholds": [0.1, 0.2]}, 32),
        ({"num_thresholds": 200, "multi_label": True, "num_labels": 10}, 16 * 2_000),
        ({"num_classes": [3, "many"]}, 36),
        ({"name": "accuracy", "k": 5}, 0),
    ],
)
def test_metrics_are_priced_by_their_arguments(arguments: dict[str, Any], numbers: int) -> None:
    assert metric_numbers(arguments) == numbers


def _layer(state_size: object, *, stateful: bool = True) -> SimpleNamespace:
    return SimpleNamespace(stateful=stateful, cell=SimpleNamespace(state_size=state_size))


def test_states_are_priced_by_rows_units_and_pixels() -> None:
    layers = [_layer([4, 4]), _layer(3), _layer(9, stateful=False), SimpleNamespace()]
    assert state_numbers(layers, (10, 5, 2)) == 110
    assert state_numbers([_layer([2, 2])], (10, 5, 8, 8, 3)) == 10 * 8 * 8 * 4
    assert state_numbers(layers, (None, 5, 2)) == state_numbers(layers, ()) == 0
