"""The fast lane leaves out what is marked, and shares come to every case in a few days."""

from pathlib import Path

import pytest

from tests import lanes

ESTABLISHED = "engine/test_maskcases.py/test_brute_force_finds_what_the_case_expects"


@pytest.mark.parametrize("place", sorted({*sum(lanes.MARKS.values(), ()), *lanes.SHARES}))
def test_a_place_is_there(place: str) -> None:
    file, is_file, function = place.partition(".py/")
    path = lanes.TESTS / (file + is_file.rstrip("/"))
    assert path.exists()
    assert not function or f"def {function}(" in path.read_text(encoding="utf-8")


def test_every_mark_is_known(pytestconfig: pytest.Config) -> None:
    known = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert set(lanes.MARKS) <= known


@pytest.mark.parametrize(("fast", "days"), [(True, 7), (False, 4)])
def test_days_in_a_row_come_to_every_case(fast: bool, days: int) -> None:
    cases, share = [f"case {number}" for number in range(20)], lanes.Share(3, 4)
    ran = [case for day in range(days) for case in lanes.shared(cases, share, 739_000 + day, fast)]
    assert set(ran) == set(cases)
    assert len(ran) == (21 if fast else 20)


def test_a_short_table_runs_once() -> None:
    assert sorted(lanes.shared(["a", "b"], lanes.Share(3), 5, True)) == ["a", "b"]


def test_the_environment_asks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASK_CASES", "all")
    assert lanes.shared(["a", "b", "c"], lanes.Share(1, 3), 5, False) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("engine/model_files/test_hostile.py", "engine/model_files"),
        ("engine/model_files/test_hostile.py/test_x", "engine/model_files"),
        (ESTABLISHED, ESTABLISHED),
        ("core/test_digest.py", None),
    ],
)
def test_the_most_exact_place_counts(name: str, place: str | None) -> None:
    assert lanes.place_of(Path(lanes.TESTS, name), lanes.SHARES) == place
