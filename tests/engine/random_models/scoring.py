"""Makes a random model, measures it, has it inspected, and counts."""

import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field

import inspector
from tests.engine.random_models.comparing import Wrong, compare
from tests.engine.random_models.making import make
from tests.engine.random_models.truth import Truth, measure


@dataclass
class Score:
    """How many models were right, and what was wrong with the others.

    Attributes:
        models: Models measured.
        right: Right in every field.
        crashed: Seeds at which `inspect` raised.
        acquitted: Seeds at which padding counts or leaks and no alarm was given.
        raising: Models that `evaluate` itself refuses.
        unmeasured: Seeds at which brute force failed: faults of these tests.
        alarmed: Seeds at which an alarm was given though nothing is wrong.
        fields: How often each field was wrong.
        kinds: How often each kind of part was in a model that was wrong, and in any.
    """

    models: int = 0
    right: int = 0
    raising: int = 0
    unmeasured: list[int] = field(default_factory=list)
    crashed: list[int] = field(default_factory=list)
    acquitted: list[int] = field(default_factory=list)
    alarmed: list[int] = field(default_factory=list)
    fields: dict[str, list[int]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    all_kinds: Counter[str] = field(default_factory=Counter)

    def text(self) -> str:
        """The score in lines."""
        lines = [f"{self.right} of {self.models} models right in every field"]
        lines.append(f"evaluate raises: {self.raising}")
        for name in ("crashed", "acquitted", "alarmed", "unmeasured"):
            seeds = getattr(self, name)
            lines.append(f"{name}: {len(seeds)} {seeds[:20]}")
        for name, seeds in sorted(self.fields.items(), key=lambda item: -len(item[1])):
            lines.append(f"  {name}: {len(seeds)} {seeds[:12]}")
        shares = [(k, n, self.all_kinds[k]) for k, n in self.kinds.items() if n > 1]
        for kind, wrong, models in sorted(shares, key=lambda item: -item[1] / item[2])[:15]:
            lines.append(f"  {kind}: wrong in {wrong} of {models}")
        return "\n".join(lines)


def score(seed: int, total: Score, show: bool = False) -> str:
    """Inspects the model of a seed and counts; returns a line for a failure, else ""."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        subject = make(seed)
        try:
            truth = measure(subject)
        except Exception as error:
            total.unmeasured.append(seed)
            return f"{seed} [{' '.join(subject.kinds)}] not measured: {_where(error)}"
        total.models += 1
        total.all_kinds.update(subject.kinds)
        total.raising += truth.raises
        try:
            said = inspector.inspect(
                subject.model,
                subject.x,
                subject.y,
                sample_weight=subject.sample_weight,
                batch_size=subject.batch_size,
                **subject.options,
            ).to_dict()
            wrong = compare(subject, truth, said)
        except Exception as error:
            wrong = {"crashed": ("an answer", _where(error))}
            said = {}
    count(seed, total, wrong, subject.kinds)
    if not wrong:
        return ""
    fields = "; ".join(f"{name} want {want!r} got {got!r}" for name, (want, got) in wrong.items())
    line = f"{seed} [{' '.join(subject.kinds)}] {fields}"
    return line if not show else f"{line}\n    {shown(truth, said)}"


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    return f"{type(error).__name__}: {str(error)[:240]} ({place})"


def count(seed: int, total: Score, wrong: Wrong, kinds: list[str]) -> None:
    """Adds one model to the score."""
    total.right += not wrong
    if wrong:
        total.kinds.update(kinds)
    for name in wrong:
        total.fields.setdefault(name.rpartition(": ")[2], []).append(seed)
    for name, seeds in (
        ("crashed", total.crashed),
        ("acquitted", total.acquitted),
        ("false_alarm", total.alarmed),
    ):
        if name in wrong:
            seeds.append(seed)


def shown(truth: Truth, said: dict[str, object]) -> str:
    """Everything that was measured and said."""
    parts = {k: said.get(k) for k in ("stop", "mask_at_loss", "loss", "leak", "metrics", "raises")}
    codes = [(f["code"], f["severity"]) for f in said.get("findings", ())]  # type: ignore
    return f"{truth}\n    {parts} {codes}"
