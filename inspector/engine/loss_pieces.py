"""Being moved: see `forward.losses`."""

from inspector.engine.forward.losses import as_loss_sees as as_loss_sees
from inspector.engine.forward.losses import by_timestep as by_timestep
from inspector.engine.forward.losses import moved_copy as moved_copy
from inspector.engine.forward.losses import sum_of as sum_of
from inspector.engine.seam.tensorflow import is_tensor as is_tensor


def zeros_if_none(gradient: object, like: object) -> object:
    """A gradient, or zeros where nothing depends on the variable."""
    import keras

    return keras.ops.zeros_like(like) if gradient is None else keras.ops.convert_to_tensor(gradient)
