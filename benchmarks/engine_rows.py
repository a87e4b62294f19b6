"""What the engine costs, against what Keras costs for the same model and batch."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import inspector
from benchmarks.measure import Result, milliseconds, side_by_side
from inspector.core.requests import InspectOptions, InspectRequest, ModelChoices, SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.engine.forward.model_pass import ModelPass, PassInputs, PassPlan
from inspector.worker import Engine

SHAPES = ((256, 128), (1024, 256))
VOCABULARY, UNITS, CLASSES = 500, 32, 12


def _model() -> keras.Model:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Embedding(VOCABULARY, UNITS, mask_zero=True),
            layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True)),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def _batch(rows: int, timesteps: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.integers(1, VOCABULARY, (rows, timesteps), dtype=np.int32)
    lengths = generator.integers(timesteps // 4, timesteps + 1, rows)
    x[np.arange(timesteps) >= lengths[:, None]] = 0
    return x, x % CLASSES


def trace(times: int) -> list[Result]:
    """Traced pass against `tf.function(model)`, both warm, both with their result as arrays."""
    results = []
    for rows, timesteps in SHAPES:
        model, (x, _) = _model(), _batch(rows, timesteps)
        plain = tf.function(lambda values, model=model: model(values))
        inputs, traced = PassInputs(x), ModelPass(model, PassPlan(), None)
        ours, reference = side_by_side(
            lambda inputs=inputs, traced=traced: traced.run(inputs),
            lambda x=x, plain=plain: plain(tf.convert_to_tensor(x)).numpy(),
            15 * times,
        )
        what = f"trace, {rows} x {timesteps}, Embedding -> BiLSTM -> Dense"
        results.append(Result(what, ours, reference, "ms", 1.25, "compiled pass"))
    return results


def inspections(times: int) -> list[Result]:
    """`inspector.inspect`, warm, against `model.evaluate`, warm, with the same batch size."""
    results = []
    for rows, timesteps in SHAPES:
        model, (x, y) = _model(), _batch(rows, timesteps)
        valid = x != 0

        def evaluate(model=model, x=x, y=y, rows=rows) -> None:
            model.evaluate(x, y, batch_size=rows, verbose=0)

        for leaks, target in ((False, 1.5), (True, 6.0)):

            def ours(model=model, x=x, y=y, valid=valid, leaks=leaks) -> None:
                inspector.inspect(model, x, y, valid=valid, leaks=leaks)

            taken = side_by_side(ours, evaluate, 8 * times, warm=2)
            what = f"inspect {'with' if leaks else 'without'} leak tests, {rows} x {timesteps}"
            results.append(Result(what, *taken, "ms", target, "evaluate"))
    return results


def worker(times: int) -> list[Result]:
    """The request of the start page after an edit, from asking to the answer, transport included.

    Each text differs from all others, so that no answer comes from memory.
    """
    engine = Engine()
    engine.start()
    try:
        if not engine.wait_until_ready(120):
            raise RuntimeError("the engine did not start")
        results = []
        for leaks in (True, False):
            taken = _edits(engine, InspectOptions(leaks=leaks), 60 * times)
            what = f"edit, worker only, question's model, leaks={leaks}: median"
            results.append(Result(what, statistics.median(taken), None, "ms", 30.0))
            what = what.replace("median", "95 % are faster than")
            results.append(Result(what, float(np.percentile(taken, 95)), None, "ms", None))
        return results
    finally:
        engine.close()


def _edits(engine: Engine, options: InspectOptions, count: int) -> list[float]:
    generator = np.random.default_rng(int(options.leaks))
    taken = []
    for turn in range(count + 5):
        letters = "".join(generator.choice(list("ab"), 20))
        text = f"##ab{letters[:8]}\n#bab{letters[8:16]}"
        request = InspectRequest(batch_from_choices(SentenceChoices(text)), options=options)
        spent = milliseconds(lambda request=request: engine.ask(request, session="benchmark"))
        if turn >= 5:
            taken.append(spent)
    return taken


_COLD = """
import sys, time
import inspector
from inspector.core.requests import ModelChoices, SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.engine import presets
from inspector.engine.inspection.inspect import inspect
batch = batch_from_choices(SentenceChoices())
model = presets.build(ModelChoices(), batch)
begun = time.perf_counter()
inspect(model, batch.x, batch.y, valid=batch.valid, target_valid=batch.target_valid)
sys.stdout.write(str(time.perf_counter() - begun))
"""


def cold(times: int) -> list[Result]:
    """The first inspection in a process, after the imports, and the start of the worker."""
    root = Path(__file__).resolve().parents[1]
    environment = os.environ | {"PYTHONPATH": str(root)}
    taken = [
        float(
            subprocess.run(
                [sys.executable, "-c", _COLD],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                env=environment,
            ).stdout
        )
        for _ in range(3 * times)
    ]
    results = [Result("first inspection, after import", statistics.median(taken), None, "s", 3.0)]
    engine = Engine()
    begun = time.perf_counter()
    try:
        request = InspectRequest(batch_from_choices(SentenceChoices()), ModelChoices())
        engine.ask(request, session="benchmark")
        spent = time.perf_counter() - begun
    finally:
        engine.close()
    results.append(Result("worker: from start to the first answer", spent, None, "s", None))
    return results
