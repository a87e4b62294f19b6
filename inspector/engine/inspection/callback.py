"""A Keras callback that inspects the model while it is trained."""

import warnings
from inspect import signature
from pathlib import Path
from typing import Any

import keras

from inspector.core.batch import Batch
from inspector.core.diagnosis.findings import Severity
from inspector.core.inspection import Inspection
from inspector.engine.inspection.inspect import inspect, inspect_batch
from inspector.engine.inspection.tensorboard import Board, scalars
from inspector.errors import BatchError, InspectorError, LimitError, MaskWarning


class MaskInspector(keras.callbacks.Callback):
    """Inspects the model during `fit`, and warns once if something is wrong.

    The first look is taken after the first batch, so that a fault is told before the training is
    paid for; the next ones at the end of every `every`-th epoch. Training is not changed: weights,
    metrics, seeds and states are the same as without it.

    Args:
        x: A few rows to look at: a `Batch`, or a model input as for `inspector.inspect`.
        y: Their targets; not with a `Batch`.
        every: Epochs between two looks.
        log_dir: Folder for TensorBoard: the averages as scalars, the maps as images; None for none.
        options: Other options of `inspector.inspect`, such as `valid` or `leaks`. Leak tests are
            left out unless `leaks=True`.

    Attributes:
        inspections: The last inspection, and the first; by epoch, counted from 0.
        history: Name of each number -> its values, one a look; `epoch` says when.

    Example:
        >>> model.fit(x, y, callbacks=[MaskInspector(x[:32], y[:32], every=5)])
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        *,
        every: int = 1,
        log_dir: str | Path | None = None,
        **options: Any,
    ) -> None:
        """Keeps what to look at; nothing is run yet.

        Raises:
            InspectorError: `every`, `log_dir` or an option is none that can be used.
        """
        super().__init__()
        if not isinstance(every, int) or isinstance(every, bool) or every < 1:
            raise BatchError(f"`every` is {every!r}.", "It must be a number of epochs, at least 1.")
        if isinstance(x, Batch) and y is not None:
            raise BatchError("`y` was given with a `Batch`.", "A `Batch` holds its own targets.")
        # Said now, not after the first batch of a training that took an hour to prepare.
        unknown = sorted(options.keys() - (signature(inspect).parameters.keys() - {"model"}))
        if unknown:
            raise InspectorError(
                f"`{unknown[0]}` is no option.",
                "Options are `every`, `log_dir` and those of `inspector.inspect`.",
                "Check the spelling.",
            )
        self._x, self._y, self._every = x, y, every
        self._options = {"leaks": False, **options}
        self._log_dir, self._board = log_dir, None if log_dir is None else Board(log_dir)
        self._warned = self._looked = False
        self.inspections: dict[int, Inspection] = {}
        self.history: dict[str, list[float]] = {"epoch": []}
        self._epoch = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Starts anew: the callback may be used for several calls of `fit`."""
        self.inspections, self.history = {}, {"epoch": []}
        self._warned = self._looked = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Takes the first look, after the first batch."""
        if not self._looked:
            self._looked = True
            self._keep(self._look(), self._epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Takes the next look, where it is time for one."""
        if (epoch + 1) % self._every:
            return
        inspection = self._look()
        if inspection is None:
            return
        self._keep(inspection, epoch)
        self.history["epoch"].append(epoch)
        for name, value in scalars(inspection).items():
            self.history.setdefault(name, []).append(value)
        if self._board is not None:
            self._board.write(inspection, epoch)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Closes the file for TensorBoard."""
        if self._board is not None and self._log_dir is not None:
            self._board.close()
            self._board = Board(self._log_dir)

    def _look(self) -> Inspection | None:
        try:
            if isinstance(self._x, Batch):
                return inspect_batch(self.model, self._x, **self._options)
            return inspect(self.model, self._x, self._y, **self._options)
        except LimitError as error:  # The training goes on: that there is memory for.
            warnings.warn(f"The model was not inspected: {error}", RuntimeWarning, stacklevel=2)
            return None

    def _keep(self, inspection: Inspection | None, epoch: int) -> None:
        if inspection is None:
            return
        first = next(iter(self.inspections), epoch)
        self.inspections = {first: self.inspections.get(first, inspection), epoch: inspection}
        wrong = [f for f in inspection.findings if f.severity is Severity.WRONG]
        if wrong and not self._warned:
            self._warned = True
            fix = wrong[0].fix.sentence
            text = inspection.diagnosis.verdict + (f" What to do: {fix}" if fix else "")
            warnings.warn(text, MaskWarning, stacklevel=2)
