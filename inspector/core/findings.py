"""Findings: what is wrong, in one sentence, and what to do, in one more."""

from dataclasses import dataclass
from enum import Enum


class Cause(str, Enum):
    """Why the mask stopped, or never worked. The words are those of the contract."""

    RETURN_SEQUENCES_FALSE = "return_sequences_false"
    COMPUTE_MASK_RETURNS_NONE = "compute_mask_returns_none"
    LAYER_DOES_NOT_SUPPORT_MASKING = "layer_does_not_support_masking"
    OP_DROPS_MASK = "op_drops_mask"
    MERGE_PARTIAL = "merge_partial"
    MERGE_ALL_TRUE = "merge_all_true"
    MERGE_UNION = "merge_union"
    MASK_STRIPPED_IN_PLACE = "mask_stripped_in_place"
    LOST_INSIDE_LAYER = "lost_inside_layer"
    MASK_MISALIGNED = "mask_misaligned"
    MASK_OVERWRITTEN = "mask_overwritten"
    MASK_WRONG_RANK = "mask_wrong_rank"
    MASK_NEVER_FIRES = "mask_never_fires"
    MASKS_REAL_STEPS = "masks_real_steps"
    NO_MASK_CREATED = "no_mask_created"


class Severity(str, Enum):
    """How much a finding matters, worst first."""

    WRONG = "wrong"
    RISK = "risk"
    NOTE = "note"


class Status(str, Enum):
    """What is said of a whole result."""

    ERROR = "error"
    WARNING = "warning"
    PASS = "pass"
    NOT_TESTED = "not_tested"


@dataclass(frozen=True)
class Fix:
    """What to do about a finding.

    Attributes:
        sentence: One sentence.
        code: Python that does it, or an empty string where code cannot.
    """

    sentence: str
    code: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that the reader should know.

    Attributes:
        code: Stable identifier (`padding_in_loss`, `content_leak`, ...), see `diagnosis`.
        severity: `wrong`, `risk` or `note`.
        layer: Node to blame, or None.
        line: Line of the source that made it, or None.
        message: What happens, one sentence, with the numbers of this batch.
        fix: What to do.
    """

    code: str
    severity: Severity
    layer: str | None
    line: int | None
    message: str
    fix: Fix


@dataclass(frozen=True)
class Stop:
    """Where the mask stops.

    Attributes:
        layer: First node that received a mask and handed on none, or another one; None where no
            node did (no mask was ever made, or it never fires).
        cause: Why; None where the mask is intact and only `root_layer` is to blame for a leak.
        root_layer: The node to blame.
        line: Line of the source, or None.
        step: Index of the step in the trace, or None.
        rightly: The mask was used up: ending here is right.
    """

    layer: str | None
    cause: Cause | None
    root_layer: str | None
    line: int | None = None
    step: int | None = None
    rightly: bool = False

    @property
    def turned_here(self) -> bool:
        """The node to blame is the one that received a mask; else it made the first one."""
        return self.layer is not None and self.layer == self.root_layer


@dataclass(frozen=True)
class Diagnosis:
    """The answer in words.

    Attributes:
        stop: Where the mask stops, or None where it reaches the loss unchanged and right.
        verdict: One sentence: where, why and what it costs, or that nothing is wrong.
        healthy: Nothing of severity `wrong` was found, and nothing but the user's own choice kept
            it from being tested.
        findings: In order of weight.
        status: `error` or `warning` for the worst finding; without one `pass` where everything
            was tested, else `not_tested`. Results written by version 0.1.0 have none.
        question: What would settle a status of `not_tested`; empty otherwise.
    """

    stop: Stop | None
    verdict: str
    healthy: bool
    findings: tuple[Finding, ...]
    status: Status | None = None
    question: str = ""
