"""Batch files that lie, that unpack to gigabytes, or that quote what nobody should see."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.security import batch_bombs as made
from tests.security.attack import Attack, Expectation, Target
from tests.security.runner import AttackRunner

_EITHER = Expectation.EITHER


def attack(
    name: str,
    suffix: str,
    content: bytes | Callable[[], bytes],
    message: str = "",
    expected: Expectation = Expectation.REFUSED,
) -> Attack:
    """A file that is read as a batch."""

    def payload(folder: Path) -> bytes:
        return content if isinstance(content, bytes) else content()

    return Attack(f"{suffix[1:]}_{name}", Target.BATCH_FILE, payload, expected, {}, suffix, message)


PARQUET = [
    attack("lists_of_texts", ".parquet", made.in_lists, "`x` holds values of type list"),
    attack("records", ".parquet", made.in_records, "`x` holds values of type struct"),
    attack("lists_of_records", ".parquet", made.in_records_of_lists, "type list"),
    attack("maps", ".parquet", made.in_maps, "type map"),
    attack("texts", ".parquet", made.as_text, "characters"),
    attack("labels", ".parquet", lambda: made.as_text("label", 4000), "no input"),
    attack("prefixes", ".parquet", made.by_prefix, "DELTA_BYTE_ARRAY"),
    attack("binary", ".parquet", made.binary_texts, "type binary"),
    attack("many_ids", ".parquet", lambda: made.equal_ids(40_000_000), "hold 40,000,000 numbers"),
    attack("many_ids_in_rows", ".parquet", lambda: made.equal_ids(40_000_000, 10_000), "hold 40"),
    attack("long_row", ".parquet", lambda: made.equal_ids(100_000), "timesteps"),
    attack("row_groups", ".parquet", made.many_row_groups, "20,000 row groups"),
    attack("columns", ".parquet", made.many_columns, "description|timesteps"),
    attack("deep_lists", ".parquet", made.deep_lists, "type list"),
    attack("lying_rows", ".parquet", made.lying_rows),
    attack("lying_a_little", ".parquet", lambda: made.lying_rows(2**20), expected=_EITHER),
    attack("large_footer", ".parquet", made.large_footer, "description of the table"),
    attack("footer_beyond", ".parquet", b"PAR1" + b"\xff" * 12 + b"\x20\0\0\0PAR1"),
    attack(
        "unused_bomb",
        ".parquet",
        lambda: made.parquet(
            {"text": ["#a"] * 100, "other": made.lists_of(made.equal_texts(4000), 40)}
        ),
        expected=Expectation.HARMLESS,
    ),
]

NPZ = [
    attack("huge", ".npz", made.one_array(shape=(10**9, 10**9)), "bytes"),
    attack("overflow", ".npz", made.one_array(shape=(2**32, 2**32)), "bytes"),
    attack("negative", ".npz", made.one_array(shape=(-1, -5)), "whole numbers"),
    attack("many_axes", ".npz", made.one_array(shape=(1,) * 500)),
    attack("true_axis", ".npz", made.one_array(shape="(True, 2)"), "whole numbers"),
    attack("nothing_wide", ".npz", made.one_array(descr="|V0", shape=(10**12, 2)), "numbers"),
    attack("objects", ".npz", made.one_array(descr="|O"), "Python objects"),
    attack("records", ".npz", made.one_array(descr=[("a", "<i8"), ("b", "|O")]), "numbers"),
    attack("wide_type", ".npz", made.one_array(descr="|S1000000000"), "numbers"),
    attack("inner_shape", ".npz", made.one_array(descr="(9999,9999)i8"), "numbers"),
    attack("dates", ".npz", made.one_array(descr="<M8[ns]"), "numbers"),
    attack("call_in_header", ".npz", made.one_array(shape="(open('x'), 2)")),
    attack("names_in_header", ".npz", made.one_array(extra=", 'a': __import__('os')")),
    attack("deep_header", ".npz", made.one_array(shape="(" * 300)),
    attack("long_header", ".npz", made.one_array(extra=" " * 60_000), "header"),
    attack("one_array_of_gigabytes", ".npz", lambda: made.zeros(2**31 + 2**20), "bytes"),
    attack("arrays_of_gigabytes", ".npz", lambda: made.zeros(2**28, 9), "bytes"),
    attack(
        "many_arrays",
        ".npz",
        lambda: made.npz({f"x{n}.npy": made.header() for n in range(5000)}),
        "arrays",
    ),
    attack("lzma", ".npz", lambda: made.npz({"x.npy": made.header()}, 14), "packed"),
    attack(
        "a_path_as_name",
        ".npz",
        lambda: made.npz({"../../canary.npy": made.header() + bytes(8)}),
        expected=_EITHER,
    ),
    attack("escapes_as_name", ".npz", lambda: made.npz({"\x1b[31mx.npz": b"a"}), "not an array"),
]

TEXT = [
    attack("rows_of_many_names", ".json", made.rows_of_many_names, "and 3992 more"),
    attack("text_among_numbers", ".json", made.text_among_numbers, "array of numbers"),
    attack(
        "many_keys",
        ".json",
        lambda: ("{" + ",".join(f'"{"k" * 500}{n}": [1]' for n in range(20_000)) + "}").encode(),
        "columns are",
    ),
    attack("long_key", ".json", b'{"' + b"k" * 2**20 + b'": 1}', "no list"),
    attack("escapes_in_key", ".json", b'{"\\u001b[31m\\ud800": 1}', "no list"),
    attack("deep", ".json", b'{"x":' * 50_000, "JSON|depth"),
    attack("deep_lists", ".json", b"[" * 900 + b"]" * 900, "rows|array"),
    attack("many_lists", ".json", b"[" + b"[]," * 20_000_000 + b"[]]", "lists"),
    attack("many_numbers", ".json", b"[" + b"0," * 33_500_000 + b"0]"),
    attack("large_numbers", ".json", b'{"x": [[1e400, -1e400, 1' + b"0" * 4000 + b"]]}"),
    attack(
        "lists_in_cells",
        ".csv",
        made.csv_bytes("x", *['"' + "[]," * 40_000 + '"'] * 500),
        "lists|JSON",
    ),
    attack("deep_cell", ".csv", made.csv_bytes("x", '"' + "[" * 100_000 + '"'), "JSON|depth"),
    attack("wide_header", ".csv", b"," * 2**20 + b"\n" + b"," * 2**20, "timesteps|called"),
    attack(
        "long_names",
        ".csv",
        made.csv_bytes(",".join(f"{'n' * 100_000}{n}" for n in range(20)), ",".join(["a"] * 20)),
        "holds `a`",
    ),
    attack(
        "unused_cells",
        ".csv",
        made.csv_bytes(
            "text" + ",b" * 0 + "," + ",".join(f"c{n}" for n in range(2000)),
            *["a" + ",1" * 2000] * 10_000,
        ),
        expected=Expectation.HARMLESS,
    ),
    attack("long_cell", ".csv", made.csv_bytes("text", "a" * 2**20), "cannot be read"),
    attack("a_sentence_of_marks", ".txt", ("a" + "\u0301" * 5_000_000).encode(), expected=_EITHER),
    attack("many_lines", ".txt", b"a\n" * 5_000_000, "sentences"),
    attack("a_path", ".txt", b"<CANARY>", expected=Expectation.HARMLESS),
    attack("an_address", ".jsonl", b'{"text": "http://127.0.0.1:9/"}', expected=_EITHER),
    attack("broken_lines", ".jsonl", b'"a"\n' * 9 + b"\x1b[2J{\n", "Line 10"),
]

ATTACKS = PARQUET + NPZ + TEXT


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_hostile_file_is_refused_within_the_limits(attack: Attack, attacks: AttackRunner) -> None:
    attacks.check(attack)
