"""From what stands on the command line to a model and a batch."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inspector.core.batch import Batch
from inspector.core.inspection import Inspection
from inspector.core.presets import PRESETS, SPARSE, Preset
from inspector.core.requests import (
    Encoding,
    ModelChoices,
    PaddingSide,
    SentenceChoices,
    TargetKind,
    TokenKind,
)
from inspector.core.text.sentences import batch_from_choices, batch_from_sentences, choice_of
from inspector.errors import BatchError, CodeError, InspectorError, MissingNamesError
from inspector.files.read import check_no_batch_folder, read_batch

_MOST_STEPS = 200

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Subject:
    """What is inspected.

    Attributes:
        model: A Keras model, or a model read from code.
        batch: The batch.
        options: How to look.
        loss: A loss instead of the compiled one, or None.
    """

    model: Any
    batch: Batch
    options: argparse.Namespace
    loss: str | None

    def inspect(self) -> Inspection:
        """Inspects it."""
        from inspector.engine.inspection.inspect import inspect_batch

        return inspect_batch(
            self.model,
            self.batch,
            batch_size=self.options.batch_size,
            training=self.options.training,
            leaks=not self.options.no_leaks,
            loss=self.loss,
        )


def subject(options: argparse.Namespace, say: Say) -> Subject:
    """Returns the model and the batch that the options name.

    Raises:
        InspectorError: There is no such model or batch, or they do not fit together.
    """
    check_model(options)
    _check_batch(options)
    if options.model.startswith(PRESET):
        return _preset(options, say)
    for name in ("units", "train"):
        if getattr(options, name):
            raise InspectorError(f"`--{name}` was given.", "It is an option of presets only.")
    if options.batch is not None:
        # Before the model is loaded, which takes a while.
        if not Path(options.batch).exists():
            raise BatchError(f"There is no file `{options.batch}`.", "A batch was expected there.")
        check_no_batch_folder(Path(options.batch))
    model = _model(options, say)
    batch = _batch(options, _encoding(options, model, say))
    return Subject(model, _with_targets(model, batch, options.loss), options, options.loss)


def _check_batch(options: argparse.Namespace) -> None:
    if options.batch is not None and options.sentence:
        raise BatchError(
            "Both a file and `--sentence` were given.", "A batch comes from one of them."
        )
    if options.batch is not None and options.targets:
        raise BatchError(
            "`--targets` was given with a file.",
            "The targets of a file stand in it.",
            "Leave `--targets` out, or add a column `target` to the file.",
        )
    if options.batch is None and not options.sentence and not options.model.startswith(PRESET):
        raise BatchError(
            "No batch was given.",
            "A model of your own needs a file with a batch, or sentences.",
            "Name a file after the model, or add for example -s '##abb' -s '#babb'.",
        )


def _preset(options: argparse.Namespace, say: Say) -> Subject:
    identifier = options.model.removeprefix(PRESET)
    preset = PRESETS.get(identifier)
    if preset is None:
        raise InspectorError(
            f"There is no preset `{identifier}`.", f"The presets are {', '.join(PRESETS)}."
        )
    if not 0 <= options.train <= _MOST_STEPS:
        raise InspectorError(f"`--train` is {options.train}.", f"It must be 0 to {_MOST_STEPS}.")
    batch = _preset_batch(options, preset)
    choices = ModelChoices(identifier, options.units, options.seed, options.loss)
    say("Loading Keras")
    from inspector.engine import presets

    batch = presets.targets_for(choices, batch)
    model = presets.build(choices, batch)
    if options.train:
        _train(model, batch, options.train, say)
    return Subject(model, batch, options, None)


def _preset_batch(options: argparse.Namespace, preset: Preset) -> Batch:
    encoding = options.encoding or preset.encodings[0].value
    side = choice_of(PaddingSide, options.side, "side")
    tokens = choice_of(TokenKind, options.tokens, "tokens")
    if options.batch is None and not options.sentence:
        kind = choice_of(TargetKind, options.targets or preset.targets[0], "targets")
        choices = SentenceChoices(
            padding_char=options.padding_char,
            side=side,
            tokens=tokens,
            targets=TargetKind.SAME if kind is TargetKind.TYPED else kind,
            encoding=choice_of(Encoding, encoding, "encoding"),
        )
        if kind is not TargetKind.LABEL:
            choices = replace(choices, text=preset.text or choices.text)
            return batch_from_choices(choices)
        return batch_from_sentences(
            choices.text.splitlines(),
            kind,
            padding_char=options.padding_char,
            side=side,
            tokens=tokens,
            encoding=choices.encoding,
        )
    if not options.targets and options.sentence:
        options = argparse.Namespace(**vars(options))
        options.targets = preset.targets[0].value
    return _batch(options, encoding)


def _batch(options: argparse.Namespace, encoding: str) -> Batch:
    reading = {
        "padding_char": options.padding_char,
        "side": choice_of(PaddingSide, options.side, "side"),
        "tokens": choice_of(TokenKind, options.tokens, "tokens"),
        "encoding": choice_of(Encoding, encoding, "encoding"),
    }
    if options.batch is not None:
        return read_batch(options.batch, **reading)
    kind = choice_of(TargetKind, options.targets or TargetKind.SAME.value, "targets")
    if kind is TargetKind.TYPED:
        raise BatchError(
            "`--targets` is typed.",
            "On the command line targets are same, next_token or label.",
            "Write sentences and targets into a file, such as CSV with `text` and `target`.",
        )
    return batch_from_sentences(options.sentence, kind, **reading)


def _model(options: argparse.Namespace, say: Say) -> Any:
    path = Path(options.model)
    ending = path.suffix.lower()
    given = given_values(options.set)
    if given and ending != ".py":
        raise InspectorError("`--set` was given.", "It is an option of .py code only.")
    if ending in MODEL_FILES or ending == ".py":
        if not path.is_file():
            what = f"`{path}` is a folder." if path.is_dir() else f"There is no file `{path}`."
            raise InspectorError(what, "A file with a model was expected there.")
        say("Loading Keras")
        return _from_code(path, given, options, say) if ending == ".py" else _from_file(path, say)
    # Keras first: a file here that is called like one of Python's own must not come before it.
    from inspector.engine.imported_models import imported_model

    say(f"Importing {options.model.partition(':')[0]}, which runs its code")
    sys.path.insert(0, os.getcwd())
    return imported_model(options.model)


def _from_file(path: Path, say: Say) -> Any:
    from inspector.engine.model_files.loading import read_model

    loaded = read_model(path)
    for note in loaded.notes:
        say(f"{path.name}: {note}")
    return loaded.model


def _from_code(path: Path, given: dict[str, Any], options: argparse.Namespace, say: Say) -> Any:
    from inspector.engine.code.read import model_from_code

    try:
        source = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InspectorError(f"`{path}` cannot be read: {error}.") from None
    try:
        code = model_from_code(source, given, seed=options.seed)
    except MissingNamesError as error:
        names = " ".join(f"--set {shlex.quote(asked.name)}=..." for asked in error.asked)
        raise CodeError(f"{path.name}: {error.got}", error.expected, f"Add {names}.") from None
    except CodeError as error:
        where = f"{path.name}:{error.line}" if error.line else path.name
        raise CodeError(f"{where}: {error.got}", error.expected, error.todo) from None
    for note in code.notes:
        say(f"{path.name}: {note}")
    return code


def _encoding(options: argparse.Namespace, model: Any, say: Say) -> str:
    """Returns the encoding that was asked for, or the one whose shape the model takes."""
    if options.encoding:
        return str(options.encoding)
    from inspector.engine.imported_models import input_ranks

    ranks = input_ranks(getattr(model, "model", model))
    if ranks[:1] == (2,):
        if options.sentence:
            say("Sentences become integer ids, as the model takes (rows, timesteps)")
        return Encoding.IDS.value
    return Encoding.ONE_HOT.value


def _with_targets(model: Any, batch: Batch, given: str | None) -> Batch:
    """Returns the batch with typed targets as classes or vectors, whichever the loss takes."""
    from inspector.engine.imported_models import loss_name
    from inspector.engine.presets.preset_targets import converted_targets

    name = loss_name(getattr(model, "model", model), given)
    if not batch.target_vocabulary or "crossentropy" not in name or name.startswith("binary"):
        return batch
    return converted_targets(batch, SPARSE if name.startswith("sparse") else name)


def _train(model: Any, batch: Batch, steps: int, say: Say) -> None:
    from inspector.engine.training import train

    def progress(step: int, of: int, loss: float) -> None:
        if step == of or step % 20 == 0:
            say(f"Training: step {step} of {of}, loss {loss:.4g}")

    train(model, batch, steps, progress=progress, cancelled=lambda: False)


PRESET = "preset:"
MODEL_FILES = (".keras", ".h5", ".hdf5")


def check_model(options: argparse.Namespace) -> None:
    """Refuses what names no model, before anything is said of the batch.

    Raises:
        InspectorError: It names no model.
    """
    named: str = options.model
    file, colon, attribute = named.rpartition(":")
    if named.startswith(PRESET) or Path(named).suffix.lower() in (*MODEL_FILES, ".py"):
        return
    if colon and file.endswith(".py"):
        module = ".".join(Path(file).with_suffix("").parts)
        raise InspectorError(
            f"`{named}` names no model.",
            "A .py file is read, and `module:attribute` is imported.",
            f"Write `{file}`, or `{module}:{attribute}`.",
        )
    if not colon:
        batch = options.batch or ""
        swapped = Path(batch).suffix.lower() in (*MODEL_FILES, ".py")
        raise InspectorError(
            f"`{named}` names no model.",
            "A model is `preset:question`, a .keras, .h5 or .py file, or `module:attribute`.",
            f"The model comes first: `{batch}`, then `{named}`." if swapped else "",
        )


def given_values(pairs: list[str] | None) -> dict[str, Any]:
    """Returns what `--set NAME=VALUE` gives, values read as JSON where they are.

    Raises:
        InspectorError: One is not of that form.
    """
    values: dict[str, Any] = {}
    for pair in pairs or ():
        name, text = _parted(pair)
        if text is None or not name:
            raise InspectorError(f"`--set` is `{pair}`.", "It must be NAME=VALUE.")
        try:
            values[name.strip()] = json.loads(text)
        except ValueError:
            values[name.strip()] = text
    return values


def _parted(pair: str) -> tuple[str, str | None]:
    """Name and value: at the first "=" outside of brackets, since a name may be a call."""
    depth = 0
    for position, character in enumerate(pair):
        depth += (character in "([{") - (character in ")]}")
        if character == "=" and depth <= 0:
            return pair[:position], pair[position + 1 :]
    return pair, None
