"""What is known of pasted code besides the model: notes, names it asks for, limits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CodeNote:
    """What was skipped, translated or assumed.

    Attributes:
        line: Line of the pasted text, counted from 1; 0 for the text as a whole.
        message: One sentence.
    """

    line: int
    message: str

    def __str__(self) -> str:
        """Returns the message with its line."""
        return f"Line {self.line}: {self.message}" if self.line else self.message


@dataclass(frozen=True)
class CodeLimits:
    """How much pasted code may ask for; everything is checked before memory is taken.

    Attributes:
        characters: Length of the source.
        nesting: Depth of brackets, blocks and operators in each other.
        calls: Depth of the code's own functions calling one another.
        steps: Expressions and statements evaluated, also by one later call of a loss or `Lambda`.
        elements: Length of one list, string, range or literal array.
        layers: Layers made.
        parameters: Weights of all layers together.
        values: Numbers in one layer's output, for `rows` and `timesteps`.
        rows: Rows assumed where the code leaves them open.
        timesteps: Size assumed of every other axis that the code leaves open.
        seconds: Time for reading.
    """

    characters: int = 200_000
    nesting: int = 60
    calls: int = 12
    steps: int = 500_000
    elements: int = 100_000
    layers: int = 400
    parameters: int = 50_000_000
    values: int = 2**28
    rows: int = 32
    timesteps: int = 128
    seconds: float = 30.0
