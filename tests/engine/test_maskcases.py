"""The engine on our own masking cases, and brute force on what those cases expect."""

import json
import os
import warnings

import pytest

pytest.importorskip("keras")

from tests.engine.maskcases import CASES
from tests.engine.maskcases.checking import disagreements
from tests.engine.maskcases.comparing import mismatches
from tests.engine.maskcases.registry import CAUSES, DIVISORS, Case


def inspected(case: Case) -> dict[str, object]:
    """What the inspector says of a case, as plain JSON values."""
    import inspector

    with warnings.catch_warnings():
        # Keras warns that masks are destroyed; the inspector judges that by itself.
        warnings.simplefilter("ignore")
        result = inspector.inspect(
            case["model"],
            case["x"],
            case["y"],
            valid=~case["padding"],
            target_valid=~case["out_padding"],
            sample_weight=case["sample_weight"],
            class_weight=case["class_weight"],
            batch_size=case["batch_size"],
            training=case["mode"] == "training",
        ).to_dict()
    json.dumps(result, allow_nan=False)
    return result


@pytest.mark.parametrize("name", CASES)
def test_inspector_says_what_brute_force_found(name: str) -> None:
    case = CASES[name]()
    wrong = mismatches(case, inspected(case))
    assert not wrong, "\n".join(f"{k}: want {w!r}, got {g!r}" for k, (w, g) in wrong.items())


@pytest.mark.parametrize("name", CASES)
def test_brute_force_finds_what_the_case_expects(name: str) -> None:
    assert not disagreements(CASES[name]())


def expectations(field: str) -> list[str]:
    """The value of one expected field, over all cases."""
    return [build.meta[field] for build in CASES.values()]


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_every_cause_has_two_cases(cause: str) -> None:
    assert expectations("stop_cause").count(cause) >= 2


@pytest.mark.parametrize("divisor", sorted(DIVISORS))
def test_every_divisor_has_two_cases(divisor: str) -> None:
    assert expectations("denominator").count(divisor) >= 2


def test_right_models_are_as_many_as_a_third_of_the_cases() -> None:
    right = [
        n for n, note in zip(CASES, expectations("note"), strict=True) if note.startswith("Control")
    ]
    assert len(right) * 3 >= len(CASES)


@pytest.fixture(autouse=True)
def quiet_keras() -> None:
    """Building a case may warn: that is recorded by the case, and is no failure of the test."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", message="Layer .* was passed an input with a mask")
