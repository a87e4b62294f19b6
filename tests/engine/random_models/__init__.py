"""Random models, what they really do by brute force, and models in which nothing is wrong.

`python -m tests.engine.random_models --seeds A:B` scores the engine. A seed gives one model:
layers, operators, merges, wrappers, custom layers, nested and subclassed models, one or two inputs
and outputs, shared layers, losses of Keras and of one's own, reductions, weights, metrics, and
padding in front, behind, on both sides and inside, in several encodings. `truth.py` measures with
eager Keras and NumPy alone; the inspector is imported in `scoring.py` only.

Judged: the mask at the loss and on the symbolic output, Keras's value, whether padding counts and
real timesteps are ignored, for every output; the formula and the mean over real timesteps; leaks by
content into predictions and loss, and the first layer that leaks; rows alone; dependence on other
rows; metrics; NaN; whether `evaluate` fails; where the mask stops and why; alarms given and missed.

Left open, and so not judged:

- Which timesteps are real behind strides, and so the first leaking layer if it is one of those.
- Changes between float error and 1e-4 of the largest value; a leak that one draw of noise out of
  four shows.
- Rows alone, where lengths are fixed in one of several inputs, a row gets too short for a layer, or
  time was cropped, lengthened or turned on the way.
- The formula of one output of several, and the one of a sequence with sample weights: it may be
  named `per_sequence` or not.
- Formulas that coincide: each that gives the value and the weights is right. With sample weights
  that no formula of theirs explains, none needs to be named.
- Targets and predictions whose padding counts by the targets alone (one-hot vectors of zeros).
- Which bad mask to name where a layer's own mask is wrong and then ends as well, and whether a mask
  that keeps everything is called overwritten or misaligned.
- Whether to name the end of an encoder's mask or the decoder that makes none.
- The place of a stop in a subclassed model that computes with operators: they have no name. The
  same in nested models, and where attention used the mask of another input than its first.
- Everything else about a batch with NaN in its predictions.
- Severity: whether a fault that is neither padding in the loss nor a leak by content is an error.
"""
