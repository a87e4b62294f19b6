"""What Keras 2 computed, in NumPy: written from its formulas, without Keras."""

from collections.abc import Callable

import numpy as np

Array = np.ndarray


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x: Array) -> Array:
    """Of Keras 2; Keras 3 divides by 6 instead of 5."""
    return np.clip(0.2 * x + 0.5, 0, 1)


def softmax(x: Array) -> Array:
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def lstm(
    x: Array,
    kernel: Array,
    recurrent: Array,
    bias: Array,
    *,
    gate: Callable[[Array], Array] = sigmoid,
    mask: Array | None = None,
    states: tuple[Array, Array] | None = None,
) -> tuple[Array, Array, Array]:
    """Returns the outputs at all timesteps, the last output and the last cell state.

    At a masked timestep the states stay and the output is the previous one.
    """
    rows, timesteps, _ = x.shape
    units = recurrent.shape[0]
    zeros = np.zeros((rows, units), np.float32)
    output, cell = states if states is not None else (zeros, zeros)
    outputs = []
    for t in range(timesteps):
        i, f, g, o = np.split(x[:, t] @ kernel + output @ recurrent + bias, 4, axis=-1)
        new_cell = gate(f) * cell + gate(i) * np.tanh(g)
        new_output = gate(o) * np.tanh(new_cell)
        keep = np.ones((rows, 1), bool) if mask is None else mask[:, t, None]
        cell, output = np.where(keep, new_cell, cell), np.where(keep, new_output, output)
        outputs.append(output)
    return np.stack(outputs, axis=1), output, cell


def gru_reset_before(
    x: Array, kernel: Array, recurrent: Array, bias: Array, *, gate: Callable[[Array], Array]
) -> Array:
    """Returns the last output of the GRU of Keras before 2.1.3 (`reset_after=False`)."""
    units = recurrent.shape[0]
    output = np.zeros((len(x), units), np.float32)
    kernels, recurrents, biases = (np.split(a, 3, axis=-1) for a in (kernel, recurrent, bias))
    for t in range(x.shape[1]):
        z = gate(x[:, t] @ kernels[0] + output @ recurrents[0] + biases[0])
        r = gate(x[:, t] @ kernels[1] + output @ recurrents[1] + biases[1])
        new = np.tanh(x[:, t] @ kernels[2] + (r * output) @ recurrents[2] + biases[2])
        output = z * output + (1 - z) * new
    return output


def attention(x: Array, query: Array, key: Array, value: Array, out: Array) -> Array:
    """Returns multi-head self-attention without biases; kernels are (features, heads, size)."""
    q, k, v = (np.einsum("btf,fhs->bhts", x, w) for w in (query, key, value))
    scores = softmax(np.einsum("bhts,bhus->bhtu", q, k) / np.sqrt(query.shape[-1]))
    return np.einsum("bhtu,bhus,hsf->btf", scores, v, out)
