"""Whether padding changes results at real timesteps."""

from dataclasses import dataclass

from inspector.core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class NodeLeak:
    """How far one node's output moved at real timesteps when only padding changed.

    Attributes:
        name: Name of the node.
        path: Names of the layers around it; empty at the top level.
        by_content: Largest absolute change at real timesteps, over draws of other padding.
        relative: The same divided by the largest absolute output of the node.
        change: (tested rows, timesteps) or (tested rows,): largest change per cell, padding
            included (a change there is no leak).
        leaks: The change is more than float error.
    """

    name: str
    path: tuple[str, ...]
    by_content: float
    relative: float
    change: FloatArray
    leaks: bool


@dataclass(frozen=True)
class Effect:
    """Size of an effect on the predictions, in plain units.

    Attributes:
        what: `content`, `alone`, `other_rows`, `other_side`, `longer` or `unpadded`.
        measured: False where the shapes or the model do not allow the test; `reason` says why.
        largest_change: Largest absolute change of a prediction at real timesteps.
        flipped_rows: Share (0 to 1) of tested rows with a real timestep whose predicted class
            changes; None where the predictions are not classes.
        beyond_float_error: The change is more than float error.
        reason: Why it could not be measured, in words.
    """

    what: str
    measured: bool
    largest_change: float = 0.0
    flipped_rows: float | None = None
    beyond_float_error: bool = False
    reason: str = ""


@dataclass(frozen=True, eq=False)
class LeakReport:
    """Leaks by content, by amount and across rows.

    Attributes:
        predictions: Padding content changes predictions at real timesteps.
        loss: Padding content, targets untouched, changes the loss; None without a loss.
        first_layer: First node whose real timesteps change, or None.
        pad_invariant: Each row run alone at its true length gives the same real outputs; None
            where the shapes do not allow it.
        batch_dependent: A row's output depends on the other rows.
        nodes: Per node of the top level, in execution order.
        effects: Size of each effect on the predictions.
        rows_tested: Positions of the rows that were tested, at most a stated sample.
        training: Tested with `training=True`.
    """

    predictions: bool
    loss: bool | None
    first_layer: str | None
    pad_invariant: bool | None
    batch_dependent: bool | None
    nodes: tuple[NodeLeak, ...]
    effects: tuple[Effect, ...]
    rows_tested: tuple[int, ...]
    training: bool = False

    def effect(self, what: str) -> Effect | None:
        """Returns the effect called `what`, if it was asked for."""
        return next((effect for effect in self.effects if effect.what == what), None)
