"""Which tests run: the fast lane by default, everything with `--lane=all`, or what is named.

The fast lane leaves out what is marked `browser`, `keras` or `slow`, and of tables of cases it runs
some, others on every day. Marks come from the two tables below, or stand at the test itself. Where
files or tests are named on the command line, all that is named runs.
"""

import datetime
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

Case = TypeVar("Case")
TESTS = Path(__file__).resolve().parent

MARKS = {
    "browser": ("browser",),
    "keras": (
        "cli",
        "engine/model_files/test_hostile.py",
        "engine/model_files/test_keras2.py",
        "engine/model_files/test_keras2_layers.py",
        "engine/model_files/test_round_trip.py",
        "engine/model_files/test_settings.py",
        "engine/strategies",
        "engine/test_atlas.py",
        "engine/test_callback.py",
        "engine/test_every_layer.py",
        "engine/test_findings.py",
        "engine/test_fitting_random.py",
        "engine/test_inspect_api.py",
        "engine/test_inspect_batches.py",
        "engine/test_leaks_cancelled.py",
        "engine/test_leaks_in_training.py",
        "engine/test_paging.py",
        "engine/test_parts.py",
        "engine/test_preset_choices.py",
        "engine/test_presets.py",
        "engine/test_properties.py",
        "engine/test_random_models.py",
        "engine/test_running_out.py",
        "engine/test_sample_model.py",
        "engine/test_sampling.py",
        "engine/test_several_outputs.py",
        "engine/test_training.py",
        "engine/test_truth_of_presets.py",
        "engine/test_unchanged.py",
        "engine/test_verdicts.py",
        "test_same_numbers.py",
        "test_testing.py",
        "views/test_atlas_report.py",
        "views/test_code_for_comparison.py",
        "views/test_code_for_this.py",
    ),
    "slow": (
        "engine/code/test_fuzz.py",
        "engine/model_files/test_fuzz.py",
        "security/test_confinement.py",
        "security/test_fuzz_batches.py",
        "security/test_fuzz_code.py",
        "security/test_fuzz_files.py",
        "security/test_harness.py",
        "security/test_uploads.py",
        "security/test_worker_limits.py",
        "test_app.py",
        "ui/test_atlas_page.py",
        "ui/test_batch_file.py",
        "ui/test_compare_page.py",
        "ui/test_first_look.py",
        "ui/test_inspect_page.py",
        "ui/test_learn_page.py",
        "ui/test_own_models.py",
        "ui/test_sharing.py",
        "worker/test_engine_process.py",
        "worker/test_own_service.py",
        "worker/test_process.py",
        "worker/test_service.py",
        "worker/test_worker_with_keras.py",
    ),
}
"""Folders and files of `tests/` whose tests all carry a mark."""

LEFT_OUT = tuple(MARKS)
"""The marks that the fast lane leaves out."""


@dataclass(frozen=True)
class Share:
    """How much of each table of cases runs.

    Attributes:
        fast: How many cases of each test function the fast lane runs.
        every: The other lane runs one case of so many.
    """

    fast: int
    every: int = 1


SHARES = {
    "security": Share(3),
    "engine/test_fitting.py": Share(3),
    "engine/test_random_models.py/test_right_models_pass_in_silence": Share(3, 3),
    "engine/test_random_models.py/test_right_models_predict_the_same_without_padding": Share(3, 3),
    "engine/test_maskcases.py/test_inspector_says_what_brute_force_found": Share(3, 4),
    "engine/test_maskcases.py/test_brute_force_finds_what_the_case_expects": Share(1, 12),
}
"""Folders, files and test functions of which a part runs; the most exact name counts."""


def add_options(parser: pytest.Parser) -> None:
    """Adds `--lane` and `--seed`."""
    parser.addoption("--lane", choices=("fast", "all"), help="what runs, where nothing is named")
    parser.addoption(
        "--seed",
        type=int,
        default=datetime.date.today().toordinal(),
        help="which cases of long tables run; another one every day",
    )


def choose(config: pytest.Config) -> None:
    """Chooses the lane where none is; processes that xdist starts get the same one."""
    if config.option.lane is None:
        named = config.args_source is pytest.Config.ArgsSource.ARGS
        config.option.lane = "all" if named else "fast"


def is_left_out(config: pytest.Config, path: Path) -> bool:
    """Returns whether nothing of a file runs, so that it need not be imported."""
    marked = any(place_of(path, places) is not None for places in MARKS.values())
    return config.option.lane == "fast" and path.suffix == ".py" and marked


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the tests, and leaves out what does not run in this lane."""
    for item in items:
        for mark, places in MARKS.items():
            if place_of(item.path, places) is not None:
                item.add_marker(mark)
    fast, seed = config.getoption("lane") == "fast", config.getoption("seed")
    out = {item for item in items if fast and any(map(item.get_closest_marker, LEFT_OUT))}
    tables: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if hasattr(item, "callspec") and item not in out:
            tables[item.nodeid.partition("[")[0]].append(item)
    for cases in tables.values():
        place = place_of(cases[0].path / cases[0].originalname, SHARES)
        if place is not None:
            out.update(set(cases) - set(shared(cases, SHARES[place], seed, fast)))
    if out:
        config.hook.pytest_deselected(items=sorted(out, key=items.index))
        items[:] = [item for item in items if item not in out]


def shared(cases: list[Case], share: Share, seed: int, fast: bool) -> list[Case]:
    """Returns the cases of a table that run; seeds in a row come to all of them."""
    if os.environ.get("MASK_CASES") == "all":
        return cases
    if not fast:
        return cases[seed % share.every :: share.every]
    begin = seed * share.fast
    return [cases[(begin + step) % len(cases)] for step in range(min(share.fast, len(cases)))]


def place_of(path: Path, places: Iterable[str]) -> str | None:
    """Returns the most exact of the places that a file, or a function of it, lies in, or None."""
    name = path.relative_to(TESTS).as_posix()
    lying = [place for place in places if name == place or name.startswith(f"{place}/")]
    return max(lying, key=len, default=None)
