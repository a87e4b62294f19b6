"""What is on screen as two scripts: one in plain Keras and NumPy, one with this package."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from inspector.core.inspection import Inspection
from inspector.core.requests import InspectRequest, ModelChoices
from inspector.views.code_for_this_data import data_code
from inspector.views.code_for_this_model import loss_at_timesteps, model_code
from inspector.views.scripts import HEAD, OUR_HEAD, Scripts, joined

MOST_WEIGHTS = 400
"""Measuring the weights in plain Keras takes a run for each timestep."""


def code_for_this(request: InspectRequest, inspection: Inspection) -> Scripts:
    """Returns both scripts for an inspection and the request that it answers."""
    inspection = _with_truth(inspection)
    batch, source = inspection.batch, request.model
    # Without a loss in the answer, none was wanted, or none fits.
    loss = source.loss if inspection.losses is not None else None
    data, model = data_code(batch), model_code(source, batch, loss)
    return Scripts(
        joined([HEAD + data.code, *model.plain, *_measuring(request, inspection)]),
        joined([OUR_HEAD + data.code, *model.ours, "\n".join(_ours(request, inspection))]),
        exact=model.exact,
        file=data.file,
    )


def _with_truth(inspection: Inspection) -> Inspection:
    """Returns the inspection with the truth that its losses were judged by in its batch."""
    batch, ledger = inspection.batch, inspection.losses
    if batch.target_valid is not None or ledger is None or ledger.target_valid is None:
        return inspection
    return replace(inspection, batch=replace(batch, target_valid=ledger.target_valid))


def _ours(request: InspectRequest, inspection: Inspection) -> Iterator[str]:
    options, batch = request.options, inspection.batch
    scored = inspection.losses is not None
    yield "inspection = inspector.inspect("
    yield "    model, x, y," if scored else "    model, x,"
    yield "    valid=valid,"
    if batch.target_valid is not None and scored:
        yield "    target_valid=target_valid,"
    if batch.sample_weight is not None and scored:
        yield "    sample_weight=sample_weight,"
    if options.batch_size is not None:
        yield f"    batch_size={options.batch_size},"
    if options.training:
        yield "    training=True,"
    if not options.leaks:
        yield "    leaks=False,"
    if scored and not isinstance(request.model, ModelChoices) and request.model.loss:
        yield f'    loss="{request.model.loss}",'
    yield ")"
    yield "print(inspection)"


def _measuring(request: InspectRequest, inspection: Inspection) -> Iterator[str]:
    """Yields the part that measures what is on screen, piece by piece."""
    batch, ledger = inspection.batch, inspection.losses
    one_input = isinstance(batch.x, np.ndarray)
    yield _MASKS
    if ledger is None or not isinstance(batch.y, np.ndarray):
        return
    size = request.options.batch_size or batch.rows
    more = ", sample_weight=sample_weight" if batch.sample_weight is not None else ""
    yield (
        f"# The number that Keras reports\n"
        f"keras_value = model.evaluate(x, y, batch_size={size}, verbose=0, "
        f'return_dict=True{more})["loss"]\nprint("Keras value", keras_value)'
    )
    if ledger.loss is None or not one_input:
        return
    yield _LOSS.format(loss=loss_at_timesteps(request.model))
    yield _MEANS if ledger.target_valid is not None else _MEAN
    if batch.sample_weight is None and ledger.loss.size <= MOST_WEIGHTS:
        yield _WEIGHTS.format(size=size)


_MASKS = """\
# The mask that each call hands on, True at timesteps that are kept
predictions, masks = model(x), {}
if getattr(model, "inputs", None):
    start = model.inputs[0] if len(model.inputs) == 1 else model.input
    for call in getattr(model, "operations", model.layers):
        # A model for each: a later call may take the mask off a tensor that it reads.
        output = keras.Model(start, call.output)(x)
        output = output[0] if isinstance(output, (list, tuple)) else output
        if output.dtype != "bool" and not isinstance(call, keras.layers.InputLayer):
            mask = getattr(output, "_keras_mask", None)
            masks[call.name] = None if mask is None else np.asarray(mask)
            print(call.name, masks[call.name])
"""
_LOSS = """\
# The loss at every timestep, before any averaging
loss_function = keras.losses.get({loss})
loss = np.asarray(getattr(loss_function, "call", loss_function)(y, predictions))
print("loss", loss.round(4), sep="\\n")
"""
_MEANS = """\
rows = zip(loss, target_valid)
mean_over_valid = loss[target_valid].mean()
mean_over_all = loss.mean()
mean_of_row_means = np.mean([row[real].mean() for row, real in rows if real.any()])
print("mean over valid", mean_over_valid, "over all", mean_over_all)
print("mean of row means", mean_of_row_means)
"""
_MEAN = """\
mean_over_all = loss.mean()
print("mean over all", mean_over_all)
"""
_WEIGHTS = '''\
# What each timestep weighs: how far the number moves per unit of that timestep's loss
def number(predictions):
    """Returns what Keras reports for these predictions, in batches as above."""
    value = 0.0
    for start in range(0, len(y), {size}):
        rows = slice(start, start + {size})
        part = keras.ops.convert_to_tensor(predictions[rows])
        if output_mask is not None:
            part._keras_mask = output_mask[rows]
        value += float(model.compute_loss(x[rows], y[rows], part)) * len(y[rows]) / len(y)
    return value


output_mask = getattr(predictions, "_keras_mask", None)
predictions, weight = np.array(predictions), np.zeros(loss.shape)
before = number(predictions)
for at in np.ndindex(loss.shape):
    moved = predictions.copy()
    moved[at] += np.linspace(0.05, 0.1, moved.shape[-1])
    change = np.asarray(getattr(loss_function, "call", loss_function)(y, moved))[at] - loss[at]
    weight[at] = (number(moved) - before) / change
print("weight", weight.round(4), sep="\\n")
'''
