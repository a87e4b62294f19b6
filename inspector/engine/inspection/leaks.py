"""Does padding change results at real timesteps? By content, across rows, by amount."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen
from inspector.core.batch import Batch
from inspector.core.leaks import Effect, LeakReport, NodeLeak
from inspector.core.trace import LayerStep
from inspector.core.truth import Truth
from inspector.engine.forward.calls import CallInfo
from inspector.engine.forward.edits import Edit, FeedInstead, NoiseAfter
from inspector.engine.forward.losses import COMPILED
from inspector.engine.forward.model_pass import (
    ModelPass,
    PassInputs,
    PassPlan,
    RawPass,
    model_pass,
)
from inspector.engine.forward.row_chunks import fixed_rows
from inspector.engine.inspection import disturb
from inspector.engine.inspection.amounts import Undisturbed, amount_effects
from inspector.engine.inspection.changes import Comparer, change_map, scale_of
from inspector.engine.inspection.question import Question
from inspector.engine.seam import keras as keras_private
from inspector.engine.watching import go_on

ROWS = 32
"""At most this many rows are tested for leaks, spread over the lengths of the batch."""

FEWEST_ROWS = 8
CELLS = 2**14
"""Where all steps together have more cells (rows x timesteps), fewer rows are tested, never fewer
than `FEWEST_ROWS`: a stack of 12 layers at 32 x 128 is a large model for a page that answers as
one types."""

NUMBERS = 2**21
"""Where a row of one output has very many numbers, as with a large vocabulary, fewer rows again:
all tests together hold such an output some twenty times, in up to eight bytes a number."""

_DRAWS = (1, 2, 3)
_MOST_TIMESTEPS = 16


@dataclass(frozen=True, eq=False)
class Tested:
    """What is tested for leaks.

    Attributes:
        question: Model and batch, its truth settled.
        steps: The steps of the trace.
        calls: The call of each step.
        with_loss: The loss can be computed.
    """

    question: Question
    steps: tuple[LayerStep, ...]
    calls: tuple[CallInfo, ...]
    with_loss: bool


class LeakTests:
    """The leak tests on some rows of a batch."""

    def __init__(self, tested: Tested) -> None:
        """Chooses the rows and the layers to disturb, and runs the undisturbed pass."""
        self.tested, self.steps = tested, tested.steps
        self.rows = rows_to_test(tested)
        self.question = of_rows(tested.question, self.rows)
        self.makers = [step for step in self.steps if self._protects(step)]
        tolerance = keras_private.float_error(self.question.model)
        self.compare = Comparer(self.question.truth, tolerance)
        self.readers = self._reading_steps()
        self._pass = self._traced()
        self.base = self.run(self.inputs())
        self.raw = False
        self.raw = self._must_change_input()

    @property
    def truth(self) -> Truth:
        """The truth about the rows that are tested."""
        return self.question.truth

    @property
    def x(self) -> Any:
        """The input of the rows that are tested."""
        return self.question.x

    def run(self, inputs: PassInputs) -> RawPass:
        """Runs one pass, unless nobody waits for it any more."""
        go_on("leak tests")
        return self._pass.run(inputs)

    def computes_as(self, other: "LeakTests") -> bool:
        """True if the undisturbed pass is to the bit that of `other`, and changes no state.

        Then what is true of the one is true of the other. Both look at the same rows.
        """
        if self._pass.states_changed or other._pass.states_changed:
            return False
        ours, theirs = (keras_private.flatten(tests.base) for tests in (self, other))
        return len(ours) == len(theirs) and all(
            (a is None and b is None)
            or np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")
            for a, b in zip(ours, theirs, strict=True)
        )

    def report(self, again: bool = False) -> LeakReport:
        """Runs all tests.

        Args:
            again: The same batch was tested in the other mode (training or not): then one draw of
                noise, and no tests by amount.
        """
        nodes, content, loss_moves = self._content(_DRAWS[:1] if again else _DRAWS)
        across = self._across_rows()
        independent = across.measured and not across.beyond_float_error
        undisturbed = Undisturbed(
            self.question, self.base.predictions, self._pass.states_changed, self.compare
        )
        amounts = [] if again else amount_effects(undisturbed, independent)
        effects = [content, across, *amounts]
        leaking = next((node for node in nodes if node.leaks), None)
        alone = next((effect for effect in effects if effect.what == "alone"), None)
        leaks = content.beyond_float_error
        return LeakReport(
            predictions=leaks,
            loss=loss_moves,
            first_layer=leaking.name if leaking is not None and leaks else None,
            pad_invariant=(
                not alone.beyond_float_error if alone is not None and alone.measured else None
            ),
            batch_dependent=across.beyond_float_error if across.measured else None,
            nodes=tuple(nodes),
            effects=tuple(effects),
            rows_tested=tuple(dict.fromkeys(int(row) for row in self.rows)),
            training=self.question.training,
        )

    def padding(self, step: LayerStep) -> BoolArray:
        """The padding on the time axis of a mask maker, whole batch.

        Where two inputs as long are padded differently, padding of one may stand beside a real
        timestep of the other: only what is padding in both is nobody's content.
        """
        assert step.handed_on is not None
        known = step.truth is not None and step.truth.shape == step.handed_on.shape
        padding = ~step.truth if known and step.truth is not None else ~step.handed_on
        first = self.tested.question.truth.first
        return padding & ~first if first is not None and first.shape == padding.shape else padding

    def inputs(
        self,
        draw: int = 0,
        x: Any = None,
        where: list[BoolArray] | None = None,
        disturbed: Any = None,
    ) -> PassInputs:
        """Inputs of a pass that puts noise at `where` after the makers (by default at padding)."""
        cells = where or [self.padding(step)[self.rows] for step in self.makers]
        x = self.x if x is None else x
        noise, feed = self._edits()
        edits: list[Edit] = [
            *([replace(noise, where=tuple(cells), draw=draw)] if noise.calls else []),
            *([replace(feed, x=self.x if disturbed is None else disturbed)] if feed.calls else []),
        ]
        if not self.tested.with_loss:
            return PassInputs(x, edits=tuple(edits))
        question = self.question
        return PassInputs(x, question.y, question.sample_weight, (COMPILED,), tuple(edits))

    def moved(self, other: RawPass) -> dict[int, AnyArray]:
        """How far each step's output moved, per cell."""
        changes = {}
        for step, call in zip(self.steps, self.tested.calls, strict=True):
            if call.captured is not None:
                before = self.base.activations[call.captured]
                after = other.activations[call.captured]
                changes[step.index] = change_map(before, after, step.has_time_axis)
        return changes

    # Where other content is put

    def _protects(self, step: LayerStep) -> bool:
        """True for a step that makes a mask and hides some padding with it.

        A maker that never fires protects nothing: then the raw input is disturbed instead.
        """
        if not step.makes_mask or step.received is not None or step.handed_on is None:
            return False
        if has_inner_maker(self.steps, step):
            return False
        return bool((~step.handed_on & self.padding(step)).any())

    def _reading_steps(self) -> list[int]:
        """Steps that read an input of the model and do not make the mask that protects it."""
        made = [(*step.path, step.name) for step in self.makers]
        masks = mask_only(self.steps)
        return [
            step.index
            for step in self.steps
            if step.index not in masks
            and not step.yields_bool
            and any(name.startswith("input ") for name in step.inputs)
            and not any(path[: step.depth + 1] == (*step.path, step.name) for path in made)
        ]

    def _edits(self) -> tuple[NoiseAfter, FeedInstead]:
        calls = self.tested.calls
        return (
            NoiseAfter(tuple(calls[step.index].facts.key for step in self.makers)),
            FeedInstead(tuple(calls[index].facts.key for index in self.readers)),
        )

    def _traced(self) -> ModelPass:
        inputs = self.inputs()
        plan = PassPlan(
            training=self.question.training,
            rules=inputs.rules,
            capture=True,
            edits=inputs.edits,
            flat_time=self.truth.flat,
        )
        given = self.question.given if self.tested.with_loss else None
        return model_pass(self.question.model, plan, inputs, given)

    def _must_change_input(self) -> bool:
        """True where the reading steps cannot be reached, so that the raw input has to change.

        A subclassed model may compute on its input before the first layer sees it.
        """
        known = [truth.valid for truth in self.truth.inputs]
        if self.makers or all(valid is None or valid.all() for valid in known):
            return False
        # Not by what moves: where all goes well, nothing does.
        return not self._pass.fed

    def disturbed(self, draw: int) -> PassInputs:
        """The batch with other content at padding.

        It is put after the makers and, where no maker protects it, in what the first layers read
        of the model's input; not in the input itself, since masks made from that would be others.
        """
        changed = self._changed_at(draw)
        if self.raw:
            return self.inputs(draw, changed, None, changed)
        return self.inputs(draw, None, None, changed)

    def _changed_at(self, draw: int) -> Any:
        protected = self._protected_inputs()

        def change(number: int, array: AnyArray) -> AnyArray:
            valid = self.truth.of_input(number)
            # Beside a mask maker, integer inputs (positions, segments) are structure, not content.
            structure = bool(self.makers) and array.dtype.kind != "f"
            if valid is None or number in protected or structure or is_mask(array, valid):
                return array
            return disturb.noise_at(array, ~valid, draw)

        return disturb.with_leaves(self.x, change)

    def _protected_inputs(self) -> set[int]:
        """Inputs of the model that reach its layers through a disturbed maker."""
        numbers: set[int] = set()
        for step in self.makers:
            numbers |= {int(name[6:]) - 1 for name in step.inputs if name.startswith("input ")}
        return numbers

    # The tests

    def _content(self, draws: tuple[int, ...]) -> tuple[list[NodeLeak], Effect, bool | None]:
        """Puts other content at padding, once a draw, and watches every node."""
        changes: dict[int, AnyArray] = {}
        worst = Effect("content", True)
        loss_moves: bool | None = False if self.tested.with_loss else None
        for draw in draws:
            other = self.run(self.disturbed(draw))
            for index, moved in self.moved(other).items():
                changes[index] = np.maximum(changes.get(index, np.zeros_like(moved)), moved)
            effect = self.compare.effect("content", self.base.predictions, other.predictions)
            worst = Comparer.worse(worst, effect)
            if self.base.losses is not None and other.losses is not None:
                before, after = self.base.losses.totals[0], other.losses.totals[0]
                limit = self.compare.tolerance * max(abs(float(before)), 1e-3)
                loss_moves = bool(loss_moves) or not abs(float(after - before)) <= limit
        if self.base.losses is not None and np.isnan(self.base.losses.totals[0]):
            loss_moves = None
        nodes = [self._node(index, change) for index, change in sorted(changes.items())]
        return nodes, worst, loss_moves

    def _node(self, index: int, change: AnyArray) -> NodeLeak:
        step, number = self.steps[index], self.tested.calls[index].captured
        assert number is not None
        real = np.ones(change.shape, bool)
        if step.has_time_axis:
            truth = None if step.truth is None else step.truth[self.rows]
            # Without a known truth on this time axis nothing can be said of the node.
            fits = truth is not None and truth.shape == change.shape
            real = truth if fits and truth is not None else np.zeros(change.shape, bool)
        largest = float(change[real].max()) if real.any() else 0.0
        relative = largest / scale_of(self.base.activations[number])
        return NodeLeak(
            name=step.name,
            path=step.path,
            by_content=largest,
            relative=relative,
            change=frozen(change),
            leaks=relative > self.compare.tolerance,
        )

    def _across_rows(self) -> Effect:
        """Replaces the real values of half of the rows and watches the other half."""
        count = len(self.rows)
        if count < 2:
            return Effect("other_rows", False, reason="The batch has one row.")
        worst = Effect("other_rows", True)
        half = np.arange(count) % 2 == 0
        for replaced in (half, ~half):
            x = self._with_other_rows(replaced)
            other = self.run(self.inputs(0, x, None, x))
            effect = self.compare.effect(
                "other_rows", self.base.predictions, other.predictions, ~replaced
            )
            worst = Comparer.worse(worst, effect)
        return worst

    def _with_other_rows(self, replaced: AnyArray) -> Any:
        def change(number: int, array: AnyArray) -> AnyArray:
            return disturb.other_content(array, replaced, self.truth.of_input(number), 5)

        return disturb.with_leaves(self.x, change)


def moved_step(tests: LeakTests) -> int | None:
    """The first step whose timesteps do not hold what its input's timesteps held.

    One timestep at a time gets other content, for all rows; where the input of a step moved at
    that timestep and its output there did not, the step has moved time (turned, shifted).
    """
    valid = tests.truth.first
    if valid is None:
        return None
    for timestep in [int(t) for t in np.flatnonzero(valid.any(axis=0))][:_MOST_TIMESTEPS]:
        moved = tests.moved(tests.run(_one_timestep(tests, valid, timestep)))
        for step in tests.steps:
            if step.index not in moved or not step.has_time_axis or not step.sources:
                continue
            before = [moved.get(source) for source in step.sources]
            came = any(m is not None and _at(m, timestep) > 0 for m in before)
            if came and _at(moved[step.index], timestep) == 0.0:
                return step.index
    return None


def _one_timestep(tests: LeakTests, valid: BoolArray, timestep: int) -> PassInputs:
    """The batch with other content at one timestep of all rows where it is real."""
    where = np.zeros(valid.shape, bool)
    where[:, timestep] = valid[:, timestep]
    if tests.makers and all(tests.padding(m).shape[1] == valid.shape[1] for m in tests.makers):
        return tests.inputs(1, None, [where] * len(tests.makers))
    changed = disturb.with_leaves(tests.x, lambda number, array: disturb.noise_at(array, where, 1))
    return tests.inputs(0, changed if tests.raw else None, None, changed)


def _at(change: AnyArray, timestep: int) -> float:
    """The largest change at one timestep."""
    if change.ndim < 2 or timestep >= change.shape[1]:
        return 0.0
    return float(change[:, timestep].max())


# Which rows are tested


def rows_to_test(tested: Tested) -> AnyArray:
    """Returns the positions of the rows to test."""
    question, first = tested.question, tested.question.truth.first
    most = most_rows(
        1 if first is None else first.shape[1],
        len(tested.steps),
        max((_numbers(step) for step in tested.steps), default=0),
    )
    return chosen_rows(first, question.rows, fixed_rows(question.model), most)


def _numbers(step: LayerStep) -> int:
    """How many numbers a row of a step's output holds."""
    return math.prod(size for size in step.output_shape[1:] if size)


def most_rows(timesteps: int, steps: int, numbers: int = 0) -> int:
    """The number of rows to test.

    Args:
        timesteps: Of a row.
        steps: Of the model.
        numbers: In one row of the largest output.
    """
    rows = min(ROWS, CELLS // max(timesteps * steps, 1), NUMBERS // max(numbers, 1))
    return max(FEWEST_ROWS, rows)


def chosen_rows(
    valid: BoolArray | None, count: int, fixed: int | None, most: int = ROWS
) -> AnyArray:
    """Positions of the rows to test: all, or `most` of them spread over the lengths.

    A single row is taken twice, so that one can be changed and the other watched.
    """
    if fixed is not None:
        return np.arange(min(fixed, count))
    if count == 1:
        return np.array([0, 0])
    if count <= most:
        return np.arange(count)
    order = np.argsort(valid.sum(axis=1), kind="stable") if valid is not None else np.arange(count)
    return np.sort(order[np.linspace(0, count - 1, most).round().astype(int)])


def of_rows(question: Question, rows: AnyArray) -> Question:
    """The same question about some of the rows."""
    batch = question.batch
    part = Batch(
        x=_part(batch.x, rows),
        y=_part(batch.y, rows),
        valid=batch.valid[rows],
        sample_weight=_part(batch.sample_weight, rows),
        source=batch.source,
    )
    return replace(question, batch=part, truth=question.truth.rows(rows), batch_size=len(rows))


def _part(arrays: Any, rows: AnyArray) -> Any:
    return keras_private.rows_of(arrays, rows)


# Which steps read content, and which only make or carry masks


def mask_only(steps: tuple[LayerStep, ...]) -> set[int]:
    """Steps of the top level whose result is read as a mask, and never as data.

    A layer of the user's may compute a mask from the input that is then passed as `mask=`.
    """
    read = {source for step in steps for source in step.sources if step.depth == 0}
    carriers: set[int] = set()
    for step in reversed([step for step in steps if step.depth == 0]):
        readers = {other.index for other in steps if step.index in other.sources}
        if not step.feeds_output and (step.index not in read or readers <= carriers):
            carriers.add(step.index)
    return carriers


def is_mask(array: AnyArray, truth: BoolArray | None) -> bool:
    """True for an input that is itself the mask: disturbing it would unmask padding."""
    if array.dtype.kind == "b":
        return True
    return truth is not None and array.ndim == 2 and np.array_equal(array, truth)


def has_inner_maker(steps: tuple[LayerStep, ...], outer: LayerStep) -> bool:
    """True if the mask that a composite step hands on was made by a step inside it."""
    path = (*outer.path, outer.name)
    return any(
        step.path[: len(path)] == path and step.makes_mask and step.handed_on is not None
        for step in steps[: outer.index]
    )
