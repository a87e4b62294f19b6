"""A comparison of strategies as two scripts: in plain Keras and NumPy, and with this package."""

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from string import Template

import numpy as np

from inspector.core.batch import Batch, leaves
from inspector.core.compare_requests import CompareRequest
from inspector.core.comparison import Comparison, StrategyResult
from inspector.core.requests import ModelChoices
from inspector.core.strategies import CATALOGUE, StrategyName
from inspector.core.strategy_code import OWN_COMPILED, OWN_LOSS
from inspector.views.code_for_this_data import data_code
from inspector.views.code_for_this_model import loss_at_timesteps, model_code
from inspector.views.scripts import HEAD, OUR_HEAD, Scripts, joined
from inspector.views.tokens import plain

SEVERAL_INPUTS = "It is not written here for a model with several inputs."


def code_for_comparison(request: CompareRequest, comparison: Comparison) -> Scripts:
    """Returns both scripts for a comparison and the request that it answers.

    The plain one leaves what Keras reports under each strategy in `values`, and the mean losses
    over real and over all timesteps in `averages`, by the keys of the strategies.
    """
    comparison = replace(comparison, batch=_whole(comparison))
    batch, source = comparison.batch, request.model
    data, model = data_code(batch), model_code(source, batch, source.loss)
    ours = [data.code, *model.ours, *_pasted(request, comparison), _ours(request, comparison)]
    return Scripts(
        joined([HEAD + data.code, *model.plain, *_measuring(request, comparison)]),
        joined([OUR_HEAD + ours[0], *ours[1:]]),
        exact=model.exact,
        file=data.file,
    )


def _whole(comparison: Comparison) -> Batch:
    """Returns the batch with the truth that losses were judged by, and one array of targets."""
    batch = comparison.batch
    (targets,) = leaves(batch.y)
    return replace(batch, y=targets, target_valid=comparison.target_valid)


def _measuring(request: CompareRequest, comparison: Comparison) -> Iterator[str]:
    pieces = ["\n".join(_strategy(result, request, comparison)) for result in comparison.results]
    yield _TELL
    mean, own = _mean(comparison), any(OWN_LOSS in piece for piece in pieces)
    if mean or own:
        yield _AT_TIMESTEPS.format(loss=loss_at_timesteps(request.model))
    if mean:
        more = bool(_pasted(request, comparison))
        yield _MEANS.format(mean=mean, own=", own=None" if more else "", more=_OWN if more else "")
    if any(OWN_COMPILED in piece for piece in pieces):
        yield f"{OWN_COMPILED} = model.loss  # what the model was compiled with"
    if own:
        yield _YOUR_LOSS
    yield from pieces


def _mean(comparison: Comparison) -> str:
    """Returns code for the mean over real timesteps; empty where a script cannot say it."""
    truth, y = comparison.target_valid, comparison.batch.y
    if truth is None:
        return "loss.mean()"
    known = [result.loss for result in comparison.applicable if result.loss is not None]
    by_timestep = bool(known) and known[0].shape == truth.shape
    # Targets (rows, timesteps) of numbers may stand for one vector a row: then the loss is one.
    vectors = isinstance(y, np.ndarray) and (y.ndim > 2 or y.dtype.kind in "biu")
    if not (by_timestep and vectors):
        return ""
    return "loss[real].mean()" if truth.any() else "None"


def _strategy(
    result: StrategyResult, request: CompareRequest, comparison: Comparison
) -> Iterator[str]:
    strategy = result.strategy
    yield _comment(f"{strategy.number}. {strategy.title}" if strategy.number else strategy.title)
    entry = CATALOGUE.get(strategy.identifier)
    several = not isinstance(comparison.batch.x, np.ndarray)
    if not result.applicable or (several and entry is not None and entry.one_input):
        yield _comment(f"Not possible here: {result.reason or SEVERAL_INPUTS}")
        return
    if entry is None:  # A loss of the user's own.
        yield from (f"{source}\n" for source in _pasted(request, comparison))
        yield f"model.compile(loss={_custom_name(request)})"
        weights = ", sample_weight=sample_weight" if _weighted(comparison) else ""
        size = f"batch_size={comparison.batch_size}"
        yield f"told = model.evaluate(x, y, {size}, verbose=0, return_dict=True{weights})"
        yield 'value = told["loss"]'
    else:
        lines = strategy.code.splitlines()
        yield "\n".join(line for line in lines if line not in _KNOWN).strip("\n")
    told = _means_of(strategy.identifier, request, comparison) if _mean(comparison) else ""
    yield f'tell("{result.key}", value{told and ", "}{told})'


_KNOWN = (
    "import keras",
    "import numpy as np",
    f"# `{OWN_LOSS}` stands for the loss that the model was compiled with, as a class",
    "# whose `call` gives the loss at every timestep.",
    f"# `{OWN_COMPILED}` stands for the loss that the model was compiled with.",
)


def _means_of(identifier: StrategyName, request: CompareRequest, comparison: Comparison) -> str:
    """Returns code for the two means under a strategy."""
    real = "None" if comparison.target_valid is None else "target_valid"
    entry = CATALOGUE.get(identifier)
    if entry is None:
        return f"*means(model, x, y, {real}, {_custom_name(request)})"
    if entry.value_is_mean:
        return "" if comparison.penalty else "value"
    moved = "y, None" if real == "None" else "other_side(y), other_side(target_valid)"
    of = Template(entry.means_of).substitute(targets=f"y, {real}", moved_targets=moved)
    return f"*means({of})"


def _comment(text: str) -> str:
    return textwrap.fill(plain(text), 98, initial_indent="# ", subsequent_indent="# ")


def _pasted(request: CompareRequest, comparison: Comparison) -> list[str]:
    """Returns the code of the loss that joined, if one did."""
    names = [result.strategy.identifier for result in comparison.results]
    joins = request.custom is not None and StrategyName.CUSTOM in names
    return [request.custom.source.strip("\n")] if joins and request.custom is not None else []


def _custom_name(request: CompareRequest) -> str:
    return "" if request.custom is None else request.custom.defined


def _weighted(comparison: Comparison) -> bool:
    return comparison.batch.sample_weight is not None


def _ours(request: CompareRequest, comparison: Comparison) -> str:
    given = "x, y, valid" + (", target_valid" if comparison.target_valid is not None else "")
    if _weighted(comparison):
        given += ", sample_weight=sample_weight"
    names = [
        _custom_name(request)
        if result.strategy.identifier is StrategyName.CUSTOM
        else f'"{result.key}"'
        for result in comparison.results
    ]
    options = [f"    batch_size={comparison.batch_size},"]
    if not isinstance(request.model, ModelChoices) and request.model.loss:
        options.append(f'    loss="{request.model.loss}",')
    return "\n".join(
        [
            f"batch = inspector.Batch({given})",
            "comparison = inspector.compare(",
            "    model,",
            "    batch,",
            "    [",
            *(f"        {name}," for name in names),
            "    ],",
            *options,
            ")",
            "print(comparison)",
        ]
    )


_TELL = '''\
values, averages = {}, {}


def tell(name, value, over_real=None, over_all=None):
    """Keeps and prints what Keras reports, and the mean loss over real and over all timesteps."""
    values[name], averages[name] = value, (over_real, over_all)
    print(name, value, over_real, over_all)

'''
_AT_TIMESTEPS = """\
# The loss at every timestep, before any averaging
at_timesteps = keras.losses.get(keras.tree.flatten({loss})[0])
at_timesteps = getattr(at_timesteps, "call", at_timesteps)

"""
_MEANS = '''\
def means(model, x, y, real{own}):
    """The mean loss of the predictions over real timesteps, and over all."""
    loss = np.asarray(at_timesteps(y, model(x)))
{more}    return {mean}, loss.mean()

'''
_OWN = """\
    if own is not None:  # It may give one number for all timesteps together.
        found = np.asarray(getattr(own, "call", own)(y, model(x)))
        loss = found if found.shape == loss.shape else loss
"""
_YOUR_LOSS = f'''\
class {OWN_LOSS}(keras.losses.Loss):
    """That loss, averaged by Keras."""

    def call(self, y_true, y_pred):
        return at_timesteps(y_true, y_pred)

'''
