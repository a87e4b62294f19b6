"""Where the numbers of a report come from: versions, and digests of model and batch."""

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.core.batch import Batch
from inspector.core.digest import ModelDigests, digest
from inspector.core.trace import Versions
from inspector.views.report_page import text


@dataclass(frozen=True)
class ModelOrigin:
    """What a model was, and what ran it.

    Attributes:
        model_name: Its name.
        versions: Versions of this package, Keras and TensorFlow.
        digests: What it is known by, or None.
    """

    model_name: str
    versions: Versions
    digests: ModelDigests | None


def origins(batch: Batch, known: ModelOrigin, date: str) -> Iterator[str]:
    """Yields the section, piece by piece."""
    numbers = (batch.x, batch.y, batch.valid, batch.target_valid, batch.sample_weight)
    facts = {
        "date": date,
        "mask inspector": known.versions.inspector,
        "Keras": known.versions.keras,
        "TensorFlow": known.versions.tensorflow,
        "model": known.model_name,
        "batch": batch.source,
    }
    digests = {"batch (SHA-256)": digest(numbers).hex()}
    if known.digests is not None:
        digests["model configuration (SHA-256)"] = known.digests.config
        digests["model weights (SHA-256)"] = known.digests.weights
    yield '<section><h2>Versions and digests</h2><div class="scroll"><table><tbody>'
    for name, value in facts.items():
        yield f'<tr><th scope="row">{name}</th><td>{text(value)}</td></tr>'
    for name, value in digests.items():
        yield f'<tr><th scope="row">{name}</th><td class="digest">{text(value)}</td></tr>'
    yield "</tbody></table></div>"
    for note in batch.notes:
        yield f'<p class="small">{text(note)}</p>'
    yield "</section>"
