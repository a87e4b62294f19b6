"""What holds for every reading: names, lines, budgets, losses and Lambdas inside Keras."""

import inspect
import sys
import threading
import time
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import inspector
from inspector.core.requests import CodeNote
from inspector.engine.code import tables as names
from inspector.engine.code.attributes import SKIPPED_METHODS
from inspector.engine.code.code_values import Known
from inspector.errors import CodeError
from tests.engine.code.sources import LIMITS
from tests.engine.code.sources_questions import ANSWER, CURE, QUESTION

LAMBDA = """\
from keras import layers, Model, Input
i = Input((3, 2))
model = Model(i, layers.Lambda(lambda x: {body}, output_shape=(3, 2))(i))
"""


def _masked_mean(read: Any) -> tuple[float, float, float]:
    """Keras's value, the mean over valid and the mean over all, of crossentropy."""
    x, y = read.arrays["X"], read.arrays["y_true"]
    value = read.model.evaluate(x, y, verbose=0)
    loss = -np.log((read.model.predict(x, verbose=0) * y).sum(-1))
    valid = y[..., 2] != 1
    return value, float((loss * valid).sum() / valid.sum()), float(loss.mean())


def test_the_question_counts_padding() -> None:
    value, over_valid, over_all = _masked_mean(inspector.model_from_code(QUESTION, seed=1))
    assert value == pytest.approx(over_all, rel=1e-5)
    assert value != pytest.approx(over_valid, rel=1e-3)


def test_the_cure_does_not_count_padding() -> None:
    value, over_valid, over_all = _masked_mean(inspector.model_from_code(CURE, seed=1))
    assert value == pytest.approx(over_valid, rel=1e-5)
    assert value != pytest.approx(over_all, rel=1e-3)


def test_inspecting_the_question_names_the_encoder_and_its_line_is_known() -> None:
    read = inspector.model_from_code(QUESTION)
    result = inspector.inspect(read.model, read.arrays["X"], read.arrays["y_true"])
    stop = result.to_dict()["stop"]["layer"]
    assert read.lines[stop] == 10
    assert read.text(stop) == "encoder_output = LSTM(10, return_sequences=False)(masked_input)"


def test_the_cured_model_trains_in_a_compiled_step() -> None:
    read = inspector.model_from_code(CURE)
    x, y = read.arrays["X"], read.arrays["y_true"]
    before = read.model.evaluate(x, y, verbose=0)
    for _ in range(5):
        read.model.train_on_batch(x, y)
    assert read.model.evaluate(x, y, verbose=0) < before


def test_a_loss_works_in_a_graph_and_eagerly() -> None:
    loss = inspector.model_from_code(CURE).model.loss
    y_true = tf.constant([[[1.0, 0, 0], [0, 0, 1.0]]])
    y_pred = tf.constant([[[0.5, 0.2, 0.3], [0.1, 0.1, 0.8]]])
    expected = -np.log(0.5)
    assert float(loss(y_true, y_pred)) == pytest.approx(expected)
    assert float(tf.function(loss)(y_true, y_pred)) == pytest.approx(expected)


def test_layer_names_do_not_depend_on_what_ran_before() -> None:
    first = inspector.model_from_code(ANSWER)
    keras.layers.LSTM(3)
    keras.layers.Masking()
    second = inspector.model_from_code(ANSWER)
    assert first.lines == second.lines
    assert [layer.name for layer in second.model.layers] == ["input_layer", "masking", "lstm"]


def test_names_outside_go_on_as_before() -> None:
    before = keras.layers.Dense(1).name
    inspector.model_from_code(QUESTION)
    after = keras.layers.Dense(1).name
    assert _number(after) == _number(before) + 1


def _number(name: str) -> int:
    return int(name.removeprefix("dense").lstrip("_") or 0)


def test_a_seed_makes_the_weights_repeatable() -> None:
    one, same, other = (
        inspector.model_from_code(QUESTION, seed=seed).model.get_weights() for seed in (1, 1, 2)
    )
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one[0], other[0])
    assert not np.array_equal(one[0][:, :10], one[3][:3, :10])


def test_several_threads_read_at_once() -> None:
    found: list[dict[str, int]] = []

    def read() -> None:
        found.append(inspector.model_from_code(QUESTION).lines)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(lines == found[0] for lines in found)


def test_every_later_call_of_a_function_has_a_budget() -> None:
    source = LAMBDA.format(body="x * sum([n for n in range(100)])")
    model = inspector.model_from_code(source, limits=inspector.CodeLimits(steps=2_000)).model
    for _ in range(20):  # together they cost more than one budget
        assert model(np.ones((1, 3, 2))).shape == (1, 3, 2)


def test_an_endless_loop_in_a_loss_ends() -> None:
    source = ANSWER.replace("loss='mae'", "loss=bad") + "x = 1\n"
    source = source.replace(
        "model = ", "def bad(a, b):\n  while a.shape[0] == 7: b = a\n  return b\nmodel = "
    )
    model = inspector.model_from_code(source).model
    with pytest.raises(CodeError, match="too many steps") as caught:
        model.loss(tf.zeros((7, 5, 3)), tf.zeros((7, 5, 3)))
    assert caught.value.line == 12


def test_parameters_are_counted_before_they_are_allocated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Any] = []
    original = keras.initializers.GlorotUniform.__call__

    def watching(self: Any, shape: Any, **kwargs: Any) -> Any:
        made.append(shape)
        return original(self, shape, **kwargs)

    monkeypatch.setattr(keras.initializers.GlorotUniform, "__call__", watching)
    source = "from keras import *\ni = Input((9,))\nm = Model(i, layers.Dense(10 ** 8)(i))\n"
    with pytest.raises(CodeError, match="900,000,000 parameters"):
        inspector.model_from_code(source)
    assert not made


@pytest.mark.skipif(sys.platform == "win32", reason="there is no resource module")
def test_no_refused_source_takes_much_memory() -> None:
    import resource

    inspector.model_from_code(ANSWER)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for case in LIMITS:
        limits = inspector.CodeLimits(**case.limits) if case.limits else None
        with pytest.raises(CodeError):
            inspector.model_from_code(case.source, limits=limits)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # kB
    assert grown < 300_000


@pytest.mark.parametrize(
    "line",
    [
        "np.zeros((100_000,), dtype='U1000000')",
        "np.zeros(10, dtype='V1000000000')",
        "np.array(['a' * 90_000] * 1_000)",
        "np.random.rand(10**9, 10**9).reshape(-1)[:5] * 2",
        "layers.MultiHeadAttention(1, 1)(np.ones((1, 9999, 1)), np.ones((1, 9999, 1)))",
        "layers.Embedding(10**5, 100)(np.ones((300, 300)))",
    ],
)
def test_large_data_is_known_by_its_shape_or_not_at_all(line: str) -> None:
    source = "import numpy as np\nfrom keras import layers, Sequential, Input\n"
    source += f"x = {line}\nmodel = Sequential([Input((3,)), layers.Dense(2)])\n"
    start = time.monotonic()
    assert inspector.model_from_code(source).model.output_shape == (None, 2)
    assert time.monotonic() - start < 10


def test_a_wrapper_rebuilds_a_layer_with_a_function_of_the_code() -> None:
    source = """\
from keras import layers, Model, Input, ops
i = Input((4, 2))
def twice(x): return 2 * ops.tanh(x)
x = layers.Bidirectional(layers.LSTM(3, activation=lambda x: 0 * x, return_sequences=True))(i)
model = Model(i, layers.Bidirectional(layers.SimpleRNN(3, activation=twice))(x))
"""
    model = inspector.model_from_code(source).model
    x = np.random.default_rng(0).normal(size=(2, 4, 2)).astype("float32")
    assert np.abs(model(x)).max() == 0.0
    doubled = float(model.layers[2].forward_layer.cell.activation(1.0))
    assert doubled == pytest.approx(2 * np.tanh(1))


def test_large_recurrent_layers_start_without_an_orthogonal_matrix() -> None:
    source = "from keras import *\nmodel = Sequential([Input((3, 1)), layers.SimpleRNN({})])\n"
    notes = [str(note) for note in inspector.model_from_code(source.format(2_000)).notes]
    assert any("not orthogonal" in note for note in notes)
    small = inspector.model_from_code(source.format(20))
    assert not any("not orthogonal" in str(note) for note in small.notes)
    kernel = small.model.get_weights()[1]
    np.testing.assert_allclose(kernel @ kernel.T, np.eye(20), atol=1e-5)


def test_limits_can_be_raised() -> None:
    source = "from keras import *\nm = Sequential([Input((2,))])\n" + (
        "for i in range(30): m.add(layers.Dense(2))\n"
    )
    small = inspector.CodeLimits(layers=29)
    with pytest.raises(CodeError, match=r"limits=CodeLimits\(layers=...\)"):
        inspector.model_from_code(source, limits=small)
    large = inspector.CodeLimits(layers=30)
    assert len(inspector.model_from_code(source, limits=large).model.layers) == 30


def test_nothing_is_counted_outside_a_reading() -> None:
    inspector.model_from_code(ANSWER)
    assert keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]).count_params() == 9


def test_notes_are_in_the_order_of_the_lines() -> None:
    notes = inspector.model_from_code(CURE + "print(1)\nmodel.fit(X, y_true)\n").notes
    assert [note.line for note in notes] == sorted(note.line for note in notes)
    last = len(CURE.splitlines()) + 2
    assert notes[-1] == CodeNote(last, "`model.fit(...)` is skipped: training.")
    assert str(notes[-1]) == f"Line {last}: `model.fit(...)` is skipped: training."


def test_supplied_names_are_reported_with_their_lines() -> None:
    source = "from keras import *\nm = Sequential([Input((n,)), layers.Dense(3)])\n"
    read = inspector.model_from_code(source, {"n": 4, "other": 5})
    assert [(name.name, name.line) for name in read.asked] == [("n", 2)]
    assert "The given value of `other` was not needed." in [str(note) for note in read.notes]


@pytest.mark.parametrize("module", sorted(names.tables()))
def test_the_tables_fit_this_version_of_keras(module: str) -> None:
    """A renamed parameter of `keras.ops` would show here, and not on a user's page."""
    for name, known in names.tables()[module].items():
        if not isinstance(known, Known):
            continue
        assert callable(known.function), name
        closure = (
            inspect.getclosurevars(known.function) if inspect.isfunction(known.function) else None
        )
        if closure is not None and "renamed" in closure.nonlocals:
            accepted = set(inspect.signature(closure.nonlocals["function"]).parameters)
            assert set(closure.nonlocals["renamed"].values()) <= accepted, name


def test_skipped_methods_exist_nowhere_in_the_subset() -> None:
    assert not {"compile", "add", "pop", "get_layer", "compute_mask"} & set(SKIPPED_METHODS)
