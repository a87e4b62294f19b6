"""Assertions for pytest: a broken mask fails the build, and the log says why and what to do.

Importing this module imports neither Keras nor TensorFlow.
"""

import json
import math
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import inspector
from inspector.core.automatic_names import renumbered
from inspector.core.batch import Batch
from inspector.core.diagnosis.findings import Finding, Severity, Status
from inspector.core.foreign_text import one_line, printable
from inspector.core.inspection import Inspection
from inspector.core.trace import MaskState
from inspector.errors import BatchError, InspectorError
from inspector.views import phrases
from inspector.views.report_text import circumstances, findings_text

UPDATE_VARIABLE = "MASK_INSPECTOR_UPDATE"
"""With this environment variable set to 1, `assert_unchanged` writes the baseline."""

_UNTESTED = "leaks_untested"
_LEAKS = (
    "raises",
    "nan_predictions",
    "padding_changes_predictions",
    "amount_changes_predictions",
    "padding_leaks_in_training",
    _UNTESTED,
)
# Other versions, lines and wordings change no behaviour.
_NOT_COMPARED = frozenset({"versions", "line", "message", "fix"})
_MOST_DIFFERENCES = 20
_MOST_BYTES = 2**26
"""A baseline that is larger is not read."""


def assert_padding_ignored(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    allow: Collection[str] = (),
    strict: bool = False,
    **options: Any,
) -> Inspection:
    """Asserts that padding neither counts in the loss nor changes predictions.

    It fails on every finding of severity `wrong`, and where leaks cannot be tested.

    Args:
        model: Any Keras model, or what `inspector.model_from_code` returns.
        x: Its input, or a whole `Batch`.
        y: Its targets; without them only predictions are tested.
        allow: Codes of findings that are known and accepted.
        strict: Fail on findings of severity `risk`, too.
        options: Other options of `inspector.inspect`: `valid`, `sample_weight`, `loss`, ...

    Returns:
        The inspection, for assertions of your own.

    Raises:
        AssertionError: Padding is not ignored; the message holds the findings.
        InspectorError: It cannot be inspected, or the batch has no padding.

    Example:
        >>> assert_padding_ignored(model, x, y, allow=("metric_counts_padding",))
    """
    __tracebackhide__ = True
    inspection = _inspected(model, x, y, options)
    severities = {Severity.WRONG, Severity.RISK} if strict else {Severity.WRONG}
    found = [
        finding
        for finding in inspection.findings
        if finding.severity in severities or finding.code == _UNTESTED
    ]
    _fail("Padding is not ignored.", inspection, _left(found, allow))
    return inspection


def assert_mask_reaches_loss(model: Any, x: Any, y: Any = None, **options: Any) -> Inspection:
    """Asserts that the mask on the model's output is the truth about padding.

    A model can be right without it, for example with sample weights: see
    `assert_padding_ignored`.

    Args:
        model: Any Keras model, or what `inspector.model_from_code` returns.
        x: Its input, or a whole `Batch`.
        y: Its targets, if you have them.
        options: Other options of `inspector.inspect`.

    Returns:
        The inspection.

    Raises:
        AssertionError: Another mask arrives, or none; the message says where it stops.
        InspectorError: It cannot be inspected, or the batch has no padding.
    """
    __tracebackhide__ = True
    inspection = _inspected(model, x, y, {"leaks": False} | options)
    state = inspection.trace.mask_at_loss_state
    if state is MaskState.CORRECT:
        return inspection
    said = phrases.at_loss(inspection.trace, inspection.losses)
    stop = inspection.diagnosis.stop
    if stop is not None:
        reason = phrases.stop_reason(stop)
        said += f" {phrases.stop_title(stop, None)}{f': {reason}' if reason else ''}."
    serious = [f for f in inspection.findings if f.severity is not Severity.NOTE]
    raise AssertionError(_message(said, inspection, serious))


def assert_no_leak(
    model: Any, x: Any, y: Any = None, *, allow: Collection[str] = (), **options: Any
) -> Inspection:
    """Asserts that predictions at real timesteps depend on neither content nor amount of padding.

    Args:
        model: Any Keras model, or what `inspector.model_from_code` returns.
        x: Its input, or a whole `Batch`.
        y: Its targets, if you have them.
        allow: Codes of findings that are known and accepted.
        options: Other options of `inspector.inspect`; `training=True` tests as in training only.

    Returns:
        The inspection.

    Raises:
        AssertionError: Padding leaks, or it cannot be tested; the message holds the findings.
        InspectorError: It cannot be inspected, or the batch has no padding.
    """
    __tracebackhide__ = True
    inspection = _inspected(model, x, y, options | {"leaks": True})
    found = [finding for finding in inspection.findings if finding.code in _LEAKS]
    _fail("Padding changes predictions, or may.", inspection, _left(found, allow))
    return inspection


def assert_unchanged(
    inspection: Inspection, baseline: str | Path, *, relative: float | None = 1e-3
) -> None:
    """Asserts that an inspection says what it said when the baseline was written.

    Layers, masks, the stop, leaks, metrics, codes of findings and numbers are compared; versions,
    lines of code, wordings and how far Keras counted in names such as `dense_2` are not. Run once
    with the environment variable `MASK_INSPECTOR_UPDATE=1` to write the baseline, and commit it.

    Args:
        inspection: What `inspector.inspect` returned.
        baseline: A file that `inspection.to_json(path)` or such a run wrote.
        relative: How far numbers may differ, as a share of the larger one; None ignores numbers
            with a fraction, for models whose weights change.

    Raises:
        AssertionError: Something changed; the message lists what.
        InspectorError: There is no such file, or it is no inspection.
    """
    __tracebackhide__ = True
    path = Path(baseline)
    if os.environ.get(UPDATE_VARIABLE) == "1":
        inspection.to_json(path)
        return
    before, now = _renumbered_baseline(path), renumbered(inspection.to_dict())
    changes = list(_changes("", _ordered(before), _ordered(now), relative))
    if not changes:
        return
    lines = [f"The inspection differs from {path.name}:"]
    lines += [f"- {printable(change)[:500]}" for change in changes[:_MOST_DIFFERENCES]]
    if len(changes) > _MOST_DIFFERENCES:
        lines.append(f"- and {len(changes) - _MOST_DIFFERENCES} more")
    versions = list(_changes("versions", *_versions(before, now), None))
    lines += [f"- {printable(change)[:500]}" for change in versions[:_MOST_DIFFERENCES]]
    lines.append(f"If that is meant, run the test once with {UPDATE_VARIABLE}=1.")
    raise AssertionError("\n".join(lines))


def _inspected(model: Any, x: Any, y: Any, options: dict[str, Any]) -> Inspection:
    if isinstance(x, Batch):
        if y is not None:
            raise BatchError("`y` was given with a `Batch`.", "A `Batch` holds its own targets.")
        from inspector.engine.inspection.inspect import inspect_batch

        inspection = inspect_batch(model, x, **options)
    else:
        inspection = inspector.inspect(model, x, y, **options)
    diagnosis = inspection.diagnosis
    failed = any(finding.code == _UNTESTED for finding in diagnosis.findings)
    if diagnosis.status is Status.NOT_TESTED and not diagnosis.healthy and not failed:
        raise BatchError(
            diagnosis.verdict,
            "An assertion about padding holds only where padding was tested.",
        )
    return inspection


def _left(findings: Sequence[Finding], allow: Collection[str]) -> list[Finding]:
    codes = {allow} if isinstance(allow, str) else set(allow)
    return [finding for finding in findings if finding.code not in codes]


def _fail(said: str, inspection: Inspection, findings: Sequence[Finding]) -> None:
    __tracebackhide__ = True
    if findings:
        raise AssertionError(
            _message(f"{said} {inspection.diagnosis.verdict}", inspection, findings)
        )


def _message(said: str, inspection: Inspection, findings: Sequence[Finding]) -> str:
    parts = [said.replace("\N{NO-BREAK SPACE}", " "), findings_text(findings)]
    return "\n".join([*(part for part in parts if part), f"({circumstances(inspection)})"])


def _renumbered_baseline(path: Path) -> dict[str, Any]:
    found = _read(path)
    if not isinstance(found.get("outputs") or [], (list, dict)):
        raise _unreadable(path, "its `outputs` are no outputs")
    if not isinstance(found.get("versions") or {}, dict):
        raise _unreadable(path, "its `versions` are no object")
    try:
        return renumbered(found)
    except RecursionError:
        raise _unreadable(path, "it is nested too deeply") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
        found = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # Fails for half a character.
    except FileNotFoundError:
        raise InspectorError(
            f"There is no baseline `{_shown(path)}`.",
            "It is written by a first run.",
            f"Run the test once with {UPDATE_VARIABLE}=1 and commit the file.",
        ) from None
    except OSError as error:
        raise _unreadable(path, error.strerror or "input error") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise _unreadable(path, str(error) or "it is too large") from None
    if not isinstance(found, dict) or "steps" not in found:
        raise InspectorError(
            f"The baseline `{_shown(path)}` is no inspection.",
            "`inspection.to_json(path)` writes one.",
        )
    return found


def _unreadable(path: Path, reason: str) -> InspectorError:
    return InspectorError(
        f"The baseline `{_shown(path)}` cannot be read: {one_line(reason, 200)}.",
        "A file that `inspection.to_json(path)` wrote was expected.",
        f"Run the test once with {UPDATE_VARIABLE}=1 to write it again.",
    )


def _shown(path: Path) -> str:
    return printable(path.name if path.is_absolute() else str(path))[-200:]


def _versions(before: dict[str, Any], now: dict[str, Any]) -> tuple[Any, Any]:
    return before.get("versions", {}), now["versions"]


def _ordered(result: dict[str, Any]) -> dict[str, Any]:
    """Puts what matters first, and leaves out what an only output would say twice."""
    twice = {"outputs"} if len(result.get("outputs") or ()) < 2 else {"loss"}
    rest = {name: value for name, value in result.items() if name not in twice}
    return {"findings": rest.pop("findings", None), **rest}


def _changes(where: str, before: Any, now: Any, relative: float | None) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*before, *now)):
            if name not in _NOT_COMPARED:
                place = f"{where}.{name}" if where else name
                yield from _changes(place, before.get(name), now.get(name), relative)
    elif isinstance(before, list) and isinstance(now, list) and _names(before) == _names(now):
        for position, pair in enumerate(zip(before, now, strict=True)):
            yield from _changes(_place(where, position, pair[1]), *pair, relative)
    elif not _same(before, now, relative):
        yield f"{where}: was {_short(before)}, is {_short(now)}"


def _place(where: str, position: int, item: Any) -> str:
    name = item.get("name", item.get("code")) if isinstance(item, dict) else None
    return f"{where}[{position if name is None else name}]"


def _same(before: Any, now: Any, relative: float | None) -> bool:
    numbers = [value for value in (before, now) if type(value) in (int, float)]
    if len(numbers) == 2 and float in map(type, numbers):
        return relative is None or _close(before, now, relative)
    return bool(before == now)


def _close(before: float, now: float, relative: float) -> bool:
    try:
        return math.isclose(before, now, rel_tol=relative, abs_tol=1e-7)
    except OverflowError:  # A whole number that no float can hold.
        return False


def _names(items: list[Any]) -> list[str]:
    """Returns what items are known by, so that a new one is not compared with its neighbour."""
    return [
        str(item.get("name", item.get("code"))) if isinstance(item, dict) else "" for item in items
    ]


def _short(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        names = ", ".join(_names(value[:20]))
        return f"{len(value)} ({names if len(names) <= 200 else names[:200] + '…'})"
    text = f"{value:.6g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}…"
