"""A row of the layer atlas as a short script: plain Keras and NumPy, to run anywhere."""

from collections.abc import Iterator

from inspector.core.atlas import FIELDS, Answer, AtlasRow, Fate, TimeAxis

_HEAD = """\
import warnings

import keras
import numpy as np
from keras import layers

# Padding is 0: before, after, on both sides, and none.
ids = np.array([[5, 3, 7, 2, 8, 4], [0, 0, 6, 1, 3, 8], [4, 7, 2, 0, 0, 0], [0, 8, 5, 2, 6, 0]])
longer = np.pad(ids, ((0, 0), (2, 2)))  # the same rows with more padding at both ends
vectors = np.random.default_rng(3).normal(size=(8, 4))  # what ids 1 to 8 become
some, other = [2.0, -1.5, 3.0, -2.5], [-4.0, 3.5, 1.0, 5.0]  # what padding may hold
"""
_RUN_VECTORS = '''
def run(ids, padding=some, training=False):
    """Returns the layer's output; `padding` is the vector that stands at padding."""
    keras.utils.set_random_seed(3)  # the same weights and the same random numbers each time
    embed = layers.Embedding(9, 4, mask_zero=True, embeddings_initializer="zeros")
    embed.build()
    embed.embeddings.assign(np.concatenate([[padding], vectors]))
    layer = {code}
    h = embed(ids)  # carries the mask `ids != 0`
{prepare}    return {call}
'''
_RUN_IDS = '''
def run(ids, training=False):
    """Returns the layer's output."""
    keras.utils.set_random_seed(3)  # the same weights each time
    layer = {code}
    return {call}
'''
_RUN_ZEROS = '''
def run(ids, training=False):
    """Returns the layer's output for vectors that are zero at padding."""
    vectors = np.random.default_rng(3).normal(size=(9, 4)).astype("float32")
    vectors[0] = 0.0
    layer = {code}
    h = vectors[ids]  # carries no mask
    return {call}
'''
_FAILS = """
try:
    run(ids)
    raised = None
except Exception as error:
    raised = str(error)
print("fails:", raised)
"""
_MASK = """
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    output = run(ids)
warned = any("does not support mask" in str(warning.message) for warning in heard)
warnings.simplefilter("ignore")
mask = getattr(output, "_keras_mask", None)
print("mask handed on:", mask)
print("Keras warned:", warned)
"""
_REAL = '''
def at_real(ids, **options):
    """Returns the output at its real timesteps."""
    return np.asarray(run(ids, **options)){chosen}


def differ(a, b):
    """True if two results differ by more than float error."""
    return a.shape != b.shape or bool(np.abs(a - b).max() > 1e-4)


plain, trained = at_real(ids), at_real(ids, training=True)
'''
_CHOSEN = {
    TimeAxis.SAME: "[ids != 0]",
    TimeAxis.HALVED: "[(ids != 0).reshape(len(ids), -1, 2).any(-1)]",
    TimeAxis.CROPPED: "[(ids != 0)[:, 1:-1]]",
    TimeAxis.WIDENED: "[np.pad(ids != 0, ((0, 0), (1, 1)))]",
    TimeAxis.DOUBLED: "[np.repeat(ids != 0, 2, axis=1)]",
    TimeAxis.JOINED: "[np.concatenate([ids, ids], axis=1) != 0]",
    TimeAxis.THIRDS: "  # three timesteps, whatever came in: all hold something real",
    TimeAxis.GONE: "  # no time axis is left",
}
_TESTS = {
    "by_content": "differ(plain, at_real(ids, padding=other))",
    "by_content_training": "differ(trained, at_real(ids, padding=other, training=True))",
    "by_amount": "differ(plain, at_real(longer))",
    "by_amount_training": "differ(trained, at_real(longer, training=True))",
}


def example(row: AtlasRow) -> str:
    """Returns a script that shows, without this package, what the row says of the layer.

    It leaves `mask` (or None), `warned` and the leaks that can be measured, such as `by_content`,
    in variables of these names; or `raised`, where the layer fails.
    """
    return "".join(_parts(row))


def _parts(row: AtlasRow) -> Iterator[str]:
    yield _HEAD if _takes_padding(row) else _HEAD[: _HEAD.index("vectors =")]
    template = _RUN_IDS if row.takes_ids else _RUN_VECTORS
    if row.fate in (Fate.MAKES, Fate.MAKES_NONE) and not row.takes_ids:
        template = _RUN_ZEROS
    prepare = f"    {row.prepare}\n" if row.prepare else ""
    call = f"{row.call[:-1]}, training=training)"
    yield "\n" + template.format(code=row.code, prepare=prepare, call=call)
    if row.fate is Fate.RAISES:
        yield "\n" + _FAILS
        return
    yield "\n" + _MASK + "\n" + _REAL.format(chosen=_CHOSEN[row.time_axis])
    for name in FIELDS:
        if getattr(row, name) in (Answer.YES, Answer.NO):
            yield f'{name} = {_TESTS[name]}\nprint("{_LABELS[name]}:", {name})\n'


def _takes_padding(row: AtlasRow) -> bool:
    return row.by_content is not Answer.MAKER


_LABELS = {
    "by_content": "other content in padding changes real timesteps",
    "by_content_training": "the same in training",
    "by_amount": "more padding changes real timesteps",
    "by_amount_training": "the same in training",
}
