"""What is on screen as two scripts, and how they are put together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

HEAD = "import numpy as np\n\n"
OUR_HEAD = f"import inspector\n{HEAD}"


@dataclass(frozen=True, eq=False)
class Scripts:
    """The scripts.

    Attributes:
        plain: Plain Keras and NumPy.
        ours: With this package.
        exact: The plain script gives the numbers of the screen; else only masks and shapes agree,
            because its initial weights are others.
        file: What both read from `batch.npz` beside them, or None.
    """

    plain: str
    ours: str
    exact: bool = True
    file: bytes | None = None

    def followed_by(self, code: str) -> "Scripts":
        """Returns them with more code at their ends."""
        if not code:
            return self
        return replace(self, plain=joined([self.plain, code]), ours=joined([self.ours, code]))


def joined(parts: Iterable[str]) -> str:
    """Returns pieces of code as one script."""
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"
