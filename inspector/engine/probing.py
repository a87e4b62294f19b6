"""Does padding change results at real timesteps? By content, by amount, across rows."""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from inspector.core.arrays import AnyArray, BoolArray, frozen
from inspector.core.leaks import Effect, LeakReport, NodeLeak
from inspector.core.trace import LayerStep
from inspector.engine import perturbing
from inspector.engine.amounts import amount_effects
from inspector.engine.cache import model_pass
from inspector.engine.comparing import Comparer, change_map, scale_of
from inspector.engine.feeding import has_inner_maker, is_mask, mask_only
from inspector.engine.loss_code import GivenLoss
from inspector.engine.measuring import rows_of
from inspector.engine.other_rows import across_rows
from inspector.engine.passes import ModelPass, PassInputs, PassOptions
from inspector.engine.sampling import chosen_rows, fixed_rows, most_rows
from inspector.engine.seam import keras as keras_private
from inspector.engine.tracing import Truths
from inspector.engine.watching import go_on

_DRAWS = (1, 2, 3)


@dataclass(frozen=True)
class Subject:
    """What is probed: a model, a batch, and what the trace said of them.

    Attributes:
        model: The model.
        inputs: The batch.
        truths: What is padding in it.
        steps: The steps of the trace.
        keys: The key of each step's call.
        captured: Number of each step's output among the captured ones, or None.
        training: Value of the `training` argument.
        with_loss: The loss can be computed.
        tolerance: Changes up to this share of the largest value are float error.
        given: A loss given for the model, or None for the compiled one.
        flat_time: Predictions (rows, n) hold one number a timestep.
    """

    model: keras.Model
    inputs: PassInputs
    truths: Truths
    steps: tuple[LayerStep, ...]
    keys: tuple[Any, ...]
    captured: tuple[int | None, ...]
    training: bool = False
    with_loss: bool = False
    tolerance: float = 1e-5
    given: GivenLoss | None = None
    flat_time: bool = False


class Prober:
    """Runs the leak tests on some rows of a batch."""

    def __init__(self, subject: Subject) -> None:
        """Chooses the rows and the layers to disturb, and runs the undisturbed pass."""
        self.subject = subject
        first = next((t for t in subject.truths.inputs if t is not None), None)
        self.rows = chosen_rows(
            first,
            len(keras_private.flatten(subject.inputs.x)[0]),
            fixed_rows(subject.model),
            most_rows(
                1 if first is None else first.shape[1],
                len(subject.steps),
                max((_numbers(step) for step in subject.steps), default=0),
            ),
        )
        self.x = rows_of(subject.inputs.x, self.rows)
        self.truths = Truths(
            [None if truth is None else truth[self.rows] for truth in subject.truths.inputs],
            None if subject.truths.output is None else subject.truths.output[self.rows],
            subject.truths.position,
        )
        self.makers = [step for step in subject.steps if self._protects(step)]
        self.compare = Comparer(self.truths.output, subject.tolerance, subject.flat_time)
        self.feeds = self._feeding_steps()
        self.runner = self._runner()
        self.base = self.run(self.inputs())
        self.raw = False
        self.raw = self._must_change_input()

    def run(self, inputs: PassInputs) -> dict[str, Any]:
        """Runs one pass, unless nobody waits for it any more."""
        go_on("leak tests")
        return self.runner.run(inputs)

    def computes_as(self, other: "Prober") -> bool:
        """True if the undisturbed pass is to the bit that of `other`, and changes no state.

        Then what is true of the one is true of the other. Both look at the same rows.
        """
        if self.runner.states_changed or other.runner.states_changed:
            return False
        ours, theirs = (keras_private.flatten(prober.base) for prober in (self, other))
        return len(ours) == len(theirs) and all(
            np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")
            for a, b in zip(ours, theirs, strict=True)
        )

    def report(self, again: bool = False) -> LeakReport:
        """Runs all tests.

        Args:
            again: The same batch was tested in the other mode (training or not): then one draw of
                noise, and no tests by amount.
        """
        nodes, content, loss_moves = self._content(_DRAWS[:1] if again else _DRAWS)
        across = across_rows(self)
        independent = across.measured and not across.beyond_float_error
        effects = [content, across, *(() if again else amount_effects(self, independent))]
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
            training=self.subject.training,
        )

    def _protects(self, step: LayerStep) -> bool:
        """True for a step that makes a mask and hides some padding with it.

        A maker that never fires protects nothing: then the raw input is disturbed instead.
        """
        if not step.makes_mask or step.received is not None or step.handed_on is None:
            return False
        if has_inner_maker(self.subject.steps, step):
            return False
        return bool((~step.handed_on & self.padding(step)).any())

    def padding(self, step: LayerStep) -> BoolArray:
        """The padding on the time axis of a mask maker, whole batch.

        Where two inputs as long are padded differently, padding of one may stand beside a real
        timestep of the other: only what is padding in both is nobody's content.
        """
        assert step.handed_on is not None
        known = step.truth is not None and step.truth.shape == step.handed_on.shape
        padding = ~step.truth if known and step.truth is not None else ~step.handed_on
        first = next((t for t in self.subject.truths.inputs if t is not None), None)
        return padding & ~first if first is not None and first.shape == padding.shape else padding

    def _runner(self) -> ModelPass:
        options = PassOptions(
            training=self.subject.training,
            loss=self.subject.with_loss,
            capture=True,
            makers=tuple(self.subject.keys[step.index] for step in self.makers),
            feeds=tuple(self.subject.keys[index] for index in self.feeds),
            flat_time=self.subject.flat_time,
        )
        return model_pass(self.subject.model, options, self.inputs(), self.subject.given)

    def inputs(
        self,
        draw: int = 0,
        x: Any = None,
        where: list[BoolArray] | None = None,
        disturbed: Any = None,
    ) -> PassInputs:
        """Inputs of a pass that puts noise at `where` after the makers (by default at padding)."""
        cells = where or [self.padding(step)[self.rows] for step in self.makers]
        with_loss = self.subject.with_loss
        return PassInputs(
            self.x if x is None else x,
            rows_of(self.subject.inputs.y, self.rows) if with_loss else None,
            rows_of(self.subject.inputs.sample_weight, self.rows) if with_loss else None,
            draw,
            cells,
            0.0,
            (self.x if disturbed is None else disturbed) if self.feeds else None,
        )

    def disturbed(self, draw: int) -> PassInputs:
        """The batch with other content at padding.

        It is put after the makers and, where no maker protects it, in what the first layers read
        of the model's input; not in the input itself, since masks made from that would be others.
        """
        changed = self._changed_at(draw, [None if t is None else ~t for t in self.truths.inputs])
        if self.raw:
            return self.inputs(draw, changed, None, changed)
        return self.inputs(draw, None, None, changed)

    def _changed_at(self, draw: int, where: list[BoolArray | None]) -> Any:
        protected = self._protected_inputs()

        def change(number: int, array: AnyArray) -> AnyArray:
            cells = where[number] if number < len(where) else None
            truth = self.truths.inputs[number] if number < len(self.truths.inputs) else None
            # Beside a mask maker, integer inputs (positions, segments) are structure, not content.
            if cells is None or number in protected or (self.makers and array.dtype.kind != "f"):
                return array
            if is_mask(array, truth):
                return array
            return perturbing.noise_at(array, cells, draw)

        return perturbing.with_leaves(self.x, change)

    def _feeding_steps(self) -> list[int]:
        """Steps that read an input of the model and do not make the mask that protects it."""
        made = [(*step.path, step.name) for step in self.makers]
        masks = mask_only(self.subject.steps)
        return [
            step.index
            for step in self.subject.steps
            if step.index not in masks
            and not step.yields_bool
            and any(name.startswith("input ") for name in step.inputs)
            and not any(path[: step.depth + 1] == (*step.path, step.name) for path in made)
        ]

    def _must_change_input(self) -> bool:
        """True where the feeding steps cannot be reached, so that the raw input has to change.

        A subclassed model may compute on its input before the first layer sees it.
        """
        if self.makers or all(t is None or t.all() for t in self.truths.inputs):
            return False
        # Not by what moves: where all goes well, nothing does.
        return not self.runner.fed

    def _protected_inputs(self) -> set[int]:
        """Inputs of the model that reach its layers through a disturbed maker."""
        found: set[int] = set()
        for step in self.makers:
            found |= {int(name[6:]) - 1 for name in step.inputs if name.startswith("input ")}
        return found

    def _content(self, draws: tuple[int, ...]) -> tuple[list[NodeLeak], Effect, bool | None]:
        """Puts other content at padding, once a draw, and watches every node."""
        changes: dict[int, AnyArray] = {}
        worst = Effect("content", True)
        loss_moves: bool | None = False if self.subject.with_loss else None
        for draw in draws:
            other = self.run(self.disturbed(draw))
            for index, moved in self.moved(other).items():
                changes[index] = np.maximum(changes.get(index, np.zeros_like(moved)), moved)
            effect = self.compare.effect("content", self.base["predictions"], other["predictions"])
            worst = Comparer.worse(worst, effect)
            if self.subject.with_loss:
                before, after = self.base["loss"]["total"], other["loss"]["total"]
                limit = self.subject.tolerance * max(abs(float(before)), 1e-3)
                loss_moves = bool(loss_moves) or not abs(float(after - before)) <= limit
        if self.subject.with_loss and np.isnan(self.base["loss"]["total"]):
            loss_moves = None
        nodes = [self._node(index, change) for index, change in sorted(changes.items())]
        return nodes, worst, loss_moves

    def moved(self, other: dict[str, Any]) -> dict[int, AnyArray]:
        """How far each step's output moved, per cell."""
        found = {}
        for step, number in zip(self.subject.steps, self.subject.captured, strict=True):
            if number is not None:
                before, after = self.base["activations"][number], other["activations"][number]
                found[step.index] = change_map(before, after, step.has_time_axis)
        return found

    def _node(self, index: int, change: AnyArray) -> NodeLeak:
        step, number = self.subject.steps[index], self.subject.captured[index]
        assert number is not None
        real = np.ones(change.shape, bool)
        if step.has_time_axis:
            truth = None if step.truth is None else step.truth[self.rows]
            # Without a known truth on this time axis nothing can be said of the node.
            fits = truth is not None and truth.shape == change.shape
            real = truth if fits and truth is not None else np.zeros(change.shape, bool)
        largest = float(change[real].max()) if real.any() else 0.0
        relative = largest / scale_of(self.base["activations"][number])
        return NodeLeak(
            name=step.name,
            path=step.path,
            by_content=largest,
            relative=relative,
            change=frozen(change),
            leaks=relative > self.subject.tolerance,
        )


def _numbers(step: LayerStep) -> int:
    """How many numbers a row of a step's output holds."""
    return math.prod(size for size in step.output_shape[1:] if size)
