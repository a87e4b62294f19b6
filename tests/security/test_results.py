"""Reports and baselines that somebody else made: words, or the result; never more."""

import base64
import functools
import json
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.core.result_json import FORMAT
from inspector.core.result_json import encoded as encoded_result
from inspector.testing import assert_unchanged
from tests.security.attack import Attack, Expectation, Target
from tests.security.runner import AttackRunner
from tests.views.conftest import MAKERS

REFUSED, HARMLESS = Expectation.REFUSED, Expectation.HARMLESS
Json = dict[str, Any]


@functools.cache
def _good() -> str:
    return json.dumps(encoded_result(MAKERS["question"]()))


def element(text: str) -> bytes:
    """A report of nothing but the result."""
    return f'<script type="application/json" id="result">{text}</script>'.encode(
        "utf-8", "surrogatepass"
    )


def report(name: str, text: str | Callable[[], str], message: str = "is damaged|no ins") -> Attack:
    """A report whose result is this text."""

    def make(folder: Path) -> bytes:
        return element(text() if callable(text) else text)

    return Attack(name, Target.RESULT_FILE, make, REFUSED, suffix=".html", message=message)


def page(name: str, content: bytes, message: str = "holds no inspection") -> Attack:
    """A report with other bytes."""
    return Attack(name, Target.RESULT_FILE, content, REFUSED, suffix=".html", message=message)


def value(inspection: object) -> str:
    """A result that is `inspection`."""
    return json.dumps({"format": FORMAT, "inspection": inspection})


def array(dtype: Any, shape: Any, content: bytes = b"") -> Json:
    """An array of a result."""
    return {"$array": [dtype, shape, base64.b64encode(zlib.compress(content)).decode()]}


@functools.cache
def _zeros(mebibytes: int) -> str:
    """So much of nothing, packed."""
    packing = zlib.compressobj(9)
    block = bytes(2**20)
    packed = b"".join(packing.compress(block) for _ in range(mebibytes)) + packing.flush()
    return base64.b64encode(packed).decode()


def _arrays(number: int, mebibytes: int) -> Callable[[], str]:
    return lambda: value(
        [{"$array": ["|u1", [mebibytes * 2**20], _zeros(mebibytes)]} for _ in range(number)]
    )


def _changed(*path: str, to: Any) -> Callable[[], str]:
    """The good result with one value changed."""

    def make() -> str:
        result = json.loads(_good())
        place = result["inspection"]["$value"][1]
        for name in path[:-1]:
            place = place[name]["$value"][1]
        place[path[-1]] = to
        return json.dumps(result)

    return make


REPORTS = [
    page("declarations", b"<! [" * 200_000),
    page("declarations_of_marks", b"<![CDATA[" * 100_000),
    page("tags_without_an_end", b"<script id=" * 200_000),
    page("comments", b"<!--" * 200_000),
    page("many_scripts", b'<script id="x">' * 100_000),
    page("a_long_tag", b"<script " + b"a" * 10**7 + b' id="result">{}</script>'),
    page("no_text", bytes(range(256)) * 100),
    page("utf_16", "<script id='result'>".encode("utf-16")),
    report("six_large_arrays", _arrays(6, 512), "take .* bytes and more"),
    report("many_arrays", _arrays(40, 64), "take .* bytes and more"),
    report("an_array_of_terabytes", value(array("<f8", [2**40])), "declares"),
    report("sides_below_zero", value(array("<f8", [-(2**20), -(2**20)])), "without a shape"),
    report("sides_of_half", value(array("<f8", [1.5])), "without a shape"),
    report("many_sides", value(array("<f8", [1] * 100, bytes(8))), "is damaged"),
    report("packed_more_than_said", value(array("|u1", [1], bytes(2**27))), "part of an insp"),
    report("packed_less_than_said", value(array("|u1", [1_000], b"1")), "shorter than it says"),
    report("array_of_objects", value(array("|O", [4], bytes(32))), "something else than numbers"),
    report("array_of_records", value(array("f4,(9999,9999)f8", [1])), "something else"),
    report("array_of_a_list", value(array([["a", "<f4"]], [1])), "is damaged"),
    report("array_of_text", value(array("<U999999999", [0])), "something else"),
    report("a_class_of_a_module", value({"$value": ["os.system", {"command": "x"}]})),
    report("another_kind", value({"$import": "os"})),
    report("a_dunder", value({"$value": ["Inspection", {"__class__": 1}]})),
    report("lists_as_keys", value({"$dict": [[[1], 2]]})),
    report("a_list_for_a_class", value({"$value": [["Inspection"], {}]})),
    report("a_list_for_an_enum", value({"$enum": [["Cause"], 1]})),
    report("deep", "[" * 100_000, "damaged|too many"),
    report("deep_objects", '{"a":' * 50_000, "damaged"),
    report(
        "deep_parts",
        lambda: value(functools.reduce(lambda v, _: [v], range(400), 1)),
        "is damaged|part of an",
    ),
    report("many_parts", lambda: "[" + "[]," * 1_000_001 + "1]", "too many parts"),
    report("digits", "9" * 10_000),
    report("infinite", value({"$float": "1e999"}), "part of an inspection"),
    report("a_float_of_a_text", value({"$float": "0x7f0771918000"})),
    report("half_a_character", value({"$value": ["Batch", {"a\ud800b": 1}]})),
    report("escapes", value({"$value": ["Batch", {"a\x1b[31m": 1}]})),
    report("a_long_field", value({"$value": ["Batch", {"a" * 10**6: 1}]})),
    report("another_format", json.dumps({"format": "x" * 10**6})),
    report("an_atlas_of_nothing", json.dumps({"format": "mask-inspector-atlas/1"})),
    report("another_batch", _changed("batch", to=[1, 2, 3])),
    report("a_text_for_the_truth", _changed("batch", "valid", to="x" * 10**6)),
    report("an_array_for_a_text", _changed("batch", "valid", to=array("<f4", [2, 2], bytes(16)))),
    Attack("as_it_was", Target.RESULT_FILE, lambda _: element(_good()), HARMLESS, suffix=".html"),
]

BASELINES = {
    "deep": b"[" * 100_000,
    "deep_objects": b'{"steps":' * 50_000,
    "deep_and_whole": b'{"steps": ' + b"[" * 900 + b"]" * 900 + b"}",
    "digits": b'{"steps": ' + b"9" * 10_000 + b"}",
    "no_text": bytes(range(256)),
    "nothing": b"",
    "a_list": b"[1, 2]",
    "half_a_character": b'{"steps": [], "a\\ud800": "\\ud800"}',
    "outputs_of_a_number": b'{"steps": [], "outputs": 7}',
    "versions_of_a_list": b'{"steps": [], "versions": [1]}',
    "many_names": json.dumps(
        {"steps": [{"class_name": f"Kind{n}", "name": f"kind{n}_{n}"} for n in range(20_000)]}
    ).encode(),
    "steps_of_numbers": b'{"steps": [1, 2, 3], "findings": {"a": 1}}',
    "a_class_of_a_list": b'{"steps": [{"class_name": [1], "name": {}}]}',
    "infinite": b'{"steps": [], "loss": 1e999, "x": NaN}',
    "large_numbers": b'{"steps": [], "loss": {"value": ' + b"9" * 4_000 + b"}}",
}


def compare(path: str) -> str:
    """Compares a small inspection with the baseline; an `AssertionError` is an answer."""
    try:
        assert_unchanged(MAKERS["question"](), path)
    except AssertionError as error:
        message = str(error)
        message.encode("utf-8")
        assert len(message) < 20_000
        return message
    return ""


ATTACKS = [
    *REPORTS,
    *(
        Attack(
            f"baseline_{name}",
            Target.FUNCTION,
            "tests.security.test_results:compare_bytes",
            Expectation.EITHER,
            {"content": base64.b64encode(content).decode()},
        )
        for name, content in BASELINES.items()
    ),
]


def compare_bytes(content: str) -> str:
    """Writes a baseline and compares with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "baseline.json")
        path.write_bytes(base64.b64decode(content))
        return compare(str(path))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_result_takes_nothing(attack: Attack, attacks: AttackRunner) -> None:
    attacks.check(attack)
