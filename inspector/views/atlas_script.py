"""Rows of the layer atlas as one script: plain Keras and NumPy, or with this package."""

import json
from collections.abc import Iterator, Sequence

from inspector.core.atlas import FIELDS, Answer, AtlasRow, Fate, TimeAxis
from inspector.views.scripts import Scripts

_HEAD = '''\
# What layers of Keras do to a mask, measured. The page shows Keras {version}: another one may do
# otherwise.
import warnings

import keras
import numpy as np
from keras import layers

# Padding is 0: before, after, on both sides, and none.
ids = np.array([[5, 3, 7, 2, 8, 4], [0, 0, 6, 1, 3, 8], [4, 7, 2, 0, 0, 0], [0, 8, 5, 2, 6, 0]])
longer = np.pad(ids, ((0, 0), (2, 2)))  # the same rows with more padding at both ends
vectors = np.random.default_rng(3).normal(size=(8, 4))  # what ids 1 to 8 become
some, other = [2.0, -1.5, 3.0, -2.5], [-4.0, 3.5, 1.0, 5.0]  # what padding may hold


def masked(ids, padding):
    """Returns vectors that carry the mask `ids != 0`; `padding` stands at padding."""
    embed = layers.Embedding(9, 4, mask_zero=True, embeddings_initializer="zeros")
    embed.build()
    embed.embeddings.assign(np.concatenate([[padding], vectors]))
    return embed(ids)


def zeros(ids, padding):
    """Returns vectors that are zero at padding, without a mask."""
    return np.concatenate([np.zeros((1, 4)), vectors]).astype("float32")[ids]


def plain(ids, padding):
    """Returns the ids themselves, without a mask."""
    return ids

'''
_TABLES = '''\
# Which timesteps of the output are real, from those of the input; None: no such axis is left.
axes = {{
{axes}
}}
every = {every}


def alone(layer, h, training):
    """Calls a layer with one sequence."""
    return layer(h, training=training)


# What a layer reads, how it is made and called, the timesteps of its output, and the tests that
# make sense: those with other random numbers, or whose output grows, are left out.
cases = {{
{cases}
}}
'''
_MEASURE = '''\
def run(case, ids, padding=some, training=False):
    """Returns what the layer returns, with the same weights and random numbers each time."""
    keras.utils.set_random_seed(3)
    reads, make, call, _, _ = case
    layer = make()
    return call(layer, reads(ids, padding), training)


def differ(case, first, second, training):
    """True if two runs differ at real timesteps by more than float error."""
    found = []
    for ids, padding in (first, second):
        output, real = np.asarray(run(case, ids, padding, training)), axes[case[3]](ids != 0)
        found.append(output if real is None else output[real])
    return found[0].shape != found[1].shape or bool(np.abs(found[0] - found[1]).max() > 1e-4)


def measure(case):
    """Returns what becomes of the mask, whether Keras warns, and what leaks."""
    reads, _, _, axis, tests = case
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            output = run(case, ids)
    except Exception as error:
        return {"mask": "fails", "warned": False, "error": str(error)}
    found = {"warned": any("does not support mask" in str(said.message) for said in heard)}
    warnings.simplefilter("ignore")
    for test in tests:
        changed = (ids, other) if "content" in test else (longer, some)
        found[test] = differ(case, (ids, some), changed, "training" in test)
    mask, real = getattr(output, "_keras_mask", None), axes[axis](ids != 0)
    if mask is not None:
        right = real is not None and np.array_equal(mask, real)
        found["mask"] = ("hands on" if reads is masked else "makes") if right else "wrong mask"
    elif reads is not masked:
        found["mask"] = "makes none"
    else:
        found["mask"] = "uses up" if real is None and not found.get("by_content") else "loses"
    return found


measured = {name: measure(case) for name, case in cases.items()}
for name, found in measured.items():
    print(name, found)
'''
_ALONE, _WIDTH = ("layer(h)", "layer(ids)"), 98
_AXES = {
    TimeAxis.SAME: "real",
    TimeAxis.HALVED: "real.reshape(len(real), -1, 2).any(-1)",
    TimeAxis.CROPPED: "real[:, 1:-1]",
    TimeAxis.WIDENED: "np.pad(real, ((0, 0), (1, 1)))",
    TimeAxis.DOUBLED: "np.repeat(real, 2, axis=1)",
    TimeAxis.JOINED: "np.concatenate([real, real], axis=1)",
    TimeAxis.THIRDS: "None",
    TimeAxis.GONE: "None",
}


def atlas_scripts(rows: Sequence[AtlasRow], version: str) -> Scripts:
    """Returns scripts that measure anew what the rows say.

    The plain one leaves a dictionary for each row in `measured`, by its name: `mask`, `warned` and
    the leaks that can be measured, such as `by_content`.

    Args:
        rows: What is on screen.
        version: The version of Keras that it is about.
    """
    return Scripts("\n".join(_plain(rows, version)), "\n".join(_ours(rows, version)) + "\n")


def _plain(rows: Sequence[AtlasRow], version: str) -> Iterator[str]:
    yield _HEAD.format(version=version)
    used = [axis for axis in TimeAxis if any(row.time_axis is axis for row in rows)]
    axes = [f'    "{axis.value}": lambda real: {_AXES[axis]},' for axis in used]
    cases = [line for row in rows for line in _case(row)]
    yield _TABLES.format(
        axes="\n".join(axes), cases="\n".join(cases), every=json.dumps(list(FIELDS))
    )
    yield ""
    yield _MEASURE


def _case(row: AtlasRow) -> Iterator[str]:
    reads = "masked"
    if row.fate in (Fate.MAKES, Fate.MAKES_NONE):
        reads = "plain" if row.takes_ids else "zeros"
    tests = [name for name in FIELDS if getattr(row, name) in (Answer.YES, Answer.NO)]
    told = "every" if len(tests) == len(FIELDS) else json.dumps(tests)
    made = f"{reads}, lambda: {row.code},"
    called = f'{_call(row)}, "{row.time_axis.value}", {told}'
    line = f'    "{row.name}": ({made} {called}),'
    if len(line) <= _WIDTH:
        yield line
    else:
        yield f'    "{row.name}": (\n        {made}\n        {called},\n    ),'


def _call(row: AtlasRow) -> str:
    """Returns the call with what it needs written out: `h` is what the layer reads."""
    if row.call in _ALONE and not row.prepare:
        return "alone"
    name, _, made = row.prepare.partition(" = ")
    opened, arguments = row.call.split("(", 1)
    arguments = arguments[:-1].replace("ids", "h")
    if name:
        arguments = arguments.replace(name, made)
    return f"lambda layer, h, training: {opened}({arguments}, training=training)"


def _ours(rows: Sequence[AtlasRow], version: str) -> Iterator[str]:
    yield f"# The page shows Keras {version}. This runs the layers of the installed one."
    yield "import inspector"
    yield ""
    yield "atlas = inspector.measured_atlas("
    yield "    layers=["
    yield from (f'        "{name}",' for name in dict.fromkeys(row.layer for row in rows))
    yield "    ]"
    yield ")"
    yield "for name in ["
    yield from (f'    "{row.name}",' for row in rows)
    yield "]:"
    yield "    row = atlas.row(name)"
    yield "    leaks = (row.by_content, row.by_content_training)"
    yield "    leaks += (row.by_amount, row.by_amount_training)"
    yield "    print(name, row.fate.value, row.warned, *(leak.value for leak in leaks))"
