"""How many timesteps a model that takes any number of them needs at least."""

from collections.abc import Sequence

import keras

from inspector.engine.fitting.ports import Port, computed_shapes

_LONGEST = 4096


def least_timesteps(model: keras.Model, ports: Sequence[Port], timesteps: int) -> int:
    """Returns the fewest timesteps, at least as many as given, of which every layer leaves some.

    Convolution and pooling without padding shorten a sentence, and a short one has nothing left.
    Keras says so only where it knows the length while it builds; running gives NaN or infinity.

    Args:
        model: The model.
        ports: Its inputs.
        timesteps: How many there are.

    Returns:
        The number; the given one where no number up to 4,096 is enough.
    """
    if not any(_is_open(port) for port in ports) or _fits(model, ports, timesteps):
        return timesteps
    short, enough = timesteps, 2 * timesteps
    while not _fits(model, ports, enough):
        short, enough = enough, 2 * enough
        if enough > _LONGEST:
            return timesteps
    while enough - short > 1:
        middle = (short + enough) // 2
        if _fits(model, ports, middle):
            enough = middle
        else:
            short = middle
    return enough


def _is_open(port: Port) -> bool:
    return len(port.shape) > 1 and port.shape[1] is None


def _fits(model: keras.Model, ports: Sequence[Port], timesteps: int) -> bool:
    shapes = [
        (*port.shape[:1], timesteps, *port.shape[2:]) if _is_open(port) else port.shape
        for port in ports
    ]
    try:
        computed_shapes(model, shapes)
    except ValueError as error:
        return "negative" not in str(error)  # "Computed output size would be zero or negative"
    except Exception:  # Only running it tells.
        return True
    return True
