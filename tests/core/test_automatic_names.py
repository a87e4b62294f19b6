"""Names that Keras counted up within a process are compared by their order."""

from typing import Any

import pytest

from inspector.core.automatic_names import renumbered


def result(*steps: tuple[str, str], **others: Any) -> dict[str, Any]:
    made = [{"name": name, "class_name": kind, "inputs": []} for name, kind in steps]
    return {"versions": {"keras": "3.1"}, "steps": made, **others}


CASES = {
    "already first": (result(("dense", "Dense")), result(("dense", "Dense"))),
    "counted on": (
        result(("masking_3", "Masking"), ("dense_9", "Dense"), ("dense_10", "Dense")),
        result(("masking", "Masking"), ("dense", "Dense"), ("dense_1", "Dense")),
    ),
    "several words and digits": (
        result(("global_max_pooling1d_2", "GlobalMaxPooling1D"), ("lstm_4", "LSTM")),
        result(("global_max_pooling1d", "GlobalMaxPooling1D"), ("lstm", "LSTM")),
    ),
    "a name of the user's own": (
        result(("block_7", "Dense"), ("dense_head", "Dense")),
        result(("block_7", "Dense"), ("dense_head", "Dense")),
    ),
    "everywhere": (
        result(("dense_2", "Dense"), stop={"layer": "dense_2"}, metrics={"dense_2_accuracy": 1.0}),
        result(("dense", "Dense"), stop={"layer": "dense"}, metrics={"dense_accuracy": 1.0}),
    ),
}


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES)
def test_names_start_anew(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert renumbered(given) == expected


@pytest.mark.parametrize("steps", [1, None, [], ["x"], {"class_name": 3}], ids=str)
def test_what_is_no_result_comes_back_as_it_is(steps: Any) -> None:
    assert renumbered({"steps": steps}) == {"steps": steps}
