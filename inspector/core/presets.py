"""The preset models as the page sees them: names, lessons and what may be chosen. No Keras here."""

from dataclasses import dataclass

from inspector.core.requests import Encoding, TargetKind

CATEGORICAL = "categorical_crossentropy"
SPARSE = "sparse_categorical_crossentropy"
MAE = "mae"
MSE = "mse"

TARGET_NAMES = {
    TargetKind.SAME: "same as the sentences",
    TargetKind.NEXT_TOKEN: "next token",
    TargetKind.LABEL: "one label a sentence",
    TargetKind.TYPED: "typed",
}
"""What the page calls the kinds of targets; errors use the same words, and links keep them."""

ENCODING_NAMES = {
    Encoding.ONE_HOT: "one-hot, padding is zeros in x",
    Encoding.ONE_HOT_PADDING_CLASS: "one-hot, padding is a class in x",
    Encoding.IDS: "integer ids, padding is 0",
}
"""The same for the encodings."""

_VECTORS = (Encoding.ONE_HOT, Encoding.ONE_HOT_PADDING_CLASS)
_PER_TIMESTEP = (TargetKind.SAME, TargetKind.NEXT_TOKEN, TargetKind.TYPED)


@dataclass(frozen=True)
class Preset:
    """A model that can be built live for typed sentences.

    The first entry of each tuple is the default.

    Attributes:
        identifier: Stable name, used in links and in `ModelChoices.preset`.
        title: A few words for the list of models.
        layers: The layers in order, as one line of text.
        lesson: What it teaches, in plain words.
        encodings: Encodings that it takes.
        targets: Kinds of targets that it can be trained on.
        losses: Losses that make sense for it.
        units: Width of its layers; None where the batch decides.
        units_range: Smallest and largest width; None where the batch decides.
        own_target_length: Targets may be longer or shorter than the sentences.
        text: Sentences that show the lesson well, or None for whatever was typed.
    """

    identifier: str
    title: str
    layers: str
    lesson: str
    encodings: tuple[Encoding, ...]
    targets: tuple[TargetKind, ...] = _PER_TIMESTEP
    losses: tuple[str, ...] = (CATEGORICAL, SPARSE, MAE, MSE)
    units: int | None = 16
    units_range: tuple[int, int] | None = (1, 128)
    own_target_length: bool = False
    text: str | None = None


_PRESETS = (
    Preset(
        identifier="question",
        title="Autoencoder: the mask stops",
        layers="Masking → LSTM → RepeatVector → LSTM → Dense",
        lesson="The encoder uses the mask and returns one vector for each sentence, so the mask "
        "ends there. RepeatVector makes new timesteps that nothing marks as padding, and the "
        "average loss counts them all.",
        encodings=_VECTORS,
        units=10,
        own_target_length=True,
        text="##abb\n#babb",
    ),
    Preset(
        identifier="answer",
        title="One LSTM: the mask reaches the loss",
        layers="Masking → LSTM that returns sequences",
        lesson="The LSTM returns every timestep and hands the mask on. It arrives at the loss, "
        "which then averages over real timesteps only.",
        encodings=_VECTORS,
        losses=(MAE, MSE),
        units=None,
        units_range=None,
        text="##abb\n#babb",
    ),
    Preset(
        identifier="cure",
        title="Autoencoder: the loss finds the padding",
        layers="Masking → LSTM → RepeatVector → LSTM → Dense, loss over real timesteps",
        lesson="The mask still stops at the encoder, but this loss needs none: it finds padding "
        "in y_true and divides by the number of real timesteps.",
        encodings=_VECTORS,
        units=10,
        own_target_length=True,
        text="##abb\n#babb",
    ),
    Preset(
        identifier="tagger",
        title="Tagger: the mask arrives",
        layers="Embedding → Bidirectional LSTM → Dense",
        lesson="The embedding makes a mask from id 0 and every layer hands it on to the loss. "
        "With a target for every token, this is what right looks like.",
        encodings=(Encoding.IDS,),
        targets=(TargetKind.SAME, TargetKind.TYPED, TargetKind.NEXT_TOKEN),
        losses=(SPARSE, CATEGORICAL, MAE, MSE),
    ),
    Preset(
        identifier="classifier",
        title="Sentence classifier: the mask is used up",
        layers="Embedding → LSTM → Dense, one label for each sentence",
        lesson="The LSTM skips padding and returns one vector for each sentence. No timesteps "
        "are left that could be padding, so it is right that the mask ends here.",
        encodings=(Encoding.IDS,),
        targets=(TargetKind.LABEL,),
        losses=(SPARSE, CATEGORICAL, MAE, MSE),
    ),
    Preset(
        identifier="attention",
        title="Scaled attention: the mask is lost without a word",
        layers="Embedding → times √units → MultiHeadAttention → Dense",
        lesson="Multiplying the embedding by a number makes a new tensor without a mask, and "
        "Keras gives no warning. Attention then looks at padding, and the loss counts it.",
        encodings=(Encoding.IDS,),
        losses=(SPARSE, CATEGORICAL, MAE, MSE),
    ),
    Preset(
        identifier="conv",
        title="Conv1D tagger: the mask is destroyed, padding leaks",
        layers="Embedding or Masking → Conv1D → Dense",
        lesson="A convolution knows no masks. It destroys the one it receives, and it mixes "
        "padding into the real timesteps beside it.",
        encodings=(Encoding.IDS, *_VECTORS),
        losses=(SPARSE, CATEGORICAL, MAE, MSE),
    ),
    Preset(
        identifier="transformer",
        title="Transformer block: the mask survives the sums",
        layers="Embedding → LayerNormalization → MultiHeadAttention → Add → "
        "LayerNormalization → Dense → Dense → Add → Dense",
        lesson="Normalisation, attention and dense layers hand the mask on, and a sum keeps it as "
        "long as both of its inputs carry it. Written with layers only, the block is right.",
        encodings=(Encoding.IDS,),
        losses=(SPARSE, CATEGORICAL, MAE, MSE),
    ),
    Preset(
        identifier="never_fires",
        title="Masking that never fires",
        layers="Masking → LSTM that returns sequences → Dense",
        lesson="Masking looks for timesteps that are zero throughout, but here padding is a "
        "one-hot class of its own. A mask exists, keeps everything and changes nothing.",
        encodings=(Encoding.ONE_HOT_PADDING_CLASS,),
        units=10,
    ),
)

PRESETS: dict[str, Preset] = {preset.identifier: preset for preset in _PRESETS}
"""By identifier, in the order in which they are offered."""
