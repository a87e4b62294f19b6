"""What comparing and training strategies costs, against one inspection and plain Keras loops."""

import time

import keras
import numpy as np

import inspector
from benchmarks.engine_rows import CLASSES, UNITS, VOCABULARY
from benchmarks.measure import Result, side_by_side
from inspector.core.batch import Batch
from inspector.core.strategies import STRATEGIES

SHAPES = ((32, 32), (256, 128))
COMPARED = tuple(key for key, strategy in STRATEGIES.items() if strategy.number <= 7)
TRAINED = ("no_mask", "propagated", "loss_from_targets", "sample_weight")
STEPS = 20


def _model() -> keras.Model:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(VOCABULARY, UNITS, mask_zero=True),
            layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True)),
            layers.Dense(CLASSES + 1, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def _batch(rows: int, timesteps: int) -> Batch:
    generator = np.random.default_rng(0)
    x = generator.integers(1, VOCABULARY, (rows, timesteps), dtype=np.int32)
    lengths = generator.integers(timesteps // 4, timesteps + 1, rows)
    x[np.arange(timesteps) >= lengths[:, None]] = 0
    # Padding is a class of its own, so that every loss can find it.
    return Batch(x, np.where(x == 0, 0, 1 + x % CLASSES).astype(np.int32), x != 0, x != 0)


def comparisons(times: int) -> list[Result]:
    """Strategies 1 to 7 compared, warm, against one inspection, warm, of the same batch."""
    results = []
    for rows, timesteps in SHAPES:
        model, batch = _model(), _batch(rows, timesteps)

        def ours(model: keras.Model = model, batch: Batch = batch) -> None:
            inspector.compare(model, batch, COMPARED)

        def inspection(model: keras.Model = model, batch: Batch = batch) -> None:
            inspector.inspect(
                model, batch.x, batch.y, valid=batch.valid, target_valid=batch.target_valid
            )

        taken = side_by_side(ours, inspection, 5 * times, warm=10)
        what = f"compare strategies 1 to 7, {rows} x {timesteps}"
        results.append(Result(what, *taken, "ms", 2.5, "inspect"))
    return results


def training(times: int) -> list[Result]:
    """Steps of several strategies, warm, against as many plain loops, warm."""
    results = []
    for rows, timesteps in SHAPES:
        model, batch = _model(), _batch(rows, timesteps)
        session = inspector.TrainingSession(model, batch, TRAINED)
        plain = _model()
        until = 0

        def ours(session: inspector.TrainingSession = session) -> None:
            nonlocal until
            until += STEPS
            session.run(until)

        def loops(plain: keras.Model = plain, batch: Batch = batch) -> None:
            for _ in TRAINED:
                for _ in range(STEPS):
                    plain.train_on_batch(batch.x, batch.y)

        taken = side_by_side(ours, loops, 3 * times, warm=1)
        what = f"train {len(TRAINED)} strategies, {STEPS} steps, {rows} x {timesteps}"
        results.append(Result(what, *taken, "ms", 1.2, f"{len(TRAINED)} loops"))
    return results


def first_comparison(times: int) -> list[Result]:
    """The first comparison of all strategies on the question's model, after the imports."""
    from inspector.core.requests import ModelChoices, SentenceChoices
    from inspector.core.text.sentences import batch_from_choices
    from inspector.engine import presets

    batch = batch_from_choices(SentenceChoices())
    model = presets.build(ModelChoices(), batch)
    begun = time.perf_counter()
    inspector.compare(model, batch)
    spent = time.perf_counter() - begun
    return [Result("first comparison of all, question's model", spent, None, "s", None)]
