"""Inspecting a `Batch` instead of loose arrays: what it knows goes along."""

from dataclasses import replace
from typing import Any

from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.engine.inspecting import inspect


def inspect_batch(model: Any, batch: Batch, **options: Any) -> Inspection:
    """Inspects a model on a batch, with its own truth, sample weights and tokens.

    Args:
        model: As for `inspector.inspect`.
        batch: What `read_batch` or `batch_from_sentences` returns.
        options: Options of `inspector.inspect`, which come before what the batch holds.
    """
    held: dict[str, Any] = {
        "valid": batch.valid,
        "target_valid": batch.target_valid,
        "sample_weight": batch.sample_weight,
        "tokens": batch.tokens,
    }
    found = inspect(model, batch.x, batch.y, **(held | options))
    # The given batch knows more: its vocabulary, target tokens and source.
    kept = replace(
        found.batch,
        source=batch.source,
        notes=tuple(dict.fromkeys((*batch.notes, *found.batch.notes))),
        target_tokens=batch.target_tokens,
        vocabulary=batch.vocabulary,
        target_vocabulary=batch.target_vocabulary,
    )
    return replace(found, batch=kept)
