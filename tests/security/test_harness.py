"""Every misdeed is seen, and good deeds are not taken for misdeeds."""

import dataclasses
from typing import Any

import pytest

from tests.security.attack import MEBIBYTE, Attack, Expectation, Outcome, Target
from tests.security.runner import AttackRunner


def deed(
    function: str, expected: Expectation = Expectation.EITHER, *, name: str = "", **values: Any
) -> Attack:
    """Calls a function of `misdeeds.py`."""
    payload = f"tests.security.misdeeds:{function}"
    return Attack(name or function, Target.FUNCTION, payload, expected, values, seconds=2.0)


CANARY = {"path": "<CANARY>"}
SEEN = [
    (deed("open_file", **CANARY), "canary.txt was opened"),
    (deed("open_file", name="audit_of_open", **CANARY), "forbidden: opened .*canary.txt"),
    (deed("open_file", name="audit_of_other_file", path="/etc/hostname"), "forbidden: opened /etc"),
    (deed("read_file_with_tensorflow", **CANARY), "canary.txt was read"),
    (deed("read_vocabulary_with_keras", **CANARY), "canary.txt was read"),
    (deed("list_folder_with_tensorflow", path="<FOLDER>"), "the canary was touched: . was opened"),
    (deed("write_file_with_tensorflow", path="<FOLDER>/new"), "new was created"),
    (deed("write_beside", path="<FOLDER>/home/.keras/new"), "home/.keras/new was created"),
    (deed("open_relative"), "canary.txt was opened"),
    (deed("call", url="<URL>"), "1 connections to http"),
    (deed("call", name="audit_of_socket", url="<URL>"), "forbidden: socket.connect"),
    (deed("ask", url="<URL>"), "forbidden: urllib.Request"),
    (deed("start_process"), r"forbidden: subprocess.Popen \['/bin/true'\]"),
    (deed("start_shell"), "forbidden: os.system"),
    (deed("call_c"), "forbidden: ctypes.dl"),
    (deed("unpickle"), "forbidden: pickle.find_class"),
    (deed("change_environment"), "forbidden: os.putenv"),
    (deed("change_environment"), "changed for everybody: environment"),
    (deed("change_floatx"), "floatx: 'float32' -> 'float64'"),
    (deed("change_max_epochs"), "max_epochs: None -> 3"),
    (deed("register_class"), "custom_objects"),
    (deed("leave_safe_mode"), "safe_mode"),
    (deed("replace_method"), "Dense.call is another function"),
    (deed("replace_function"), "numpy.sum is another function"),
    (deed("change_numpy"), "numpy_errors"),
    (deed("leave_a_file"), "left in the temporary folder: left"),
    (deed("take_memory", mebibytes=900), "stopped: takes more than 600 MiB"),
    (deed("take_memory_for_a_moment", mebibytes=900), "stopped: takes"),
    (deed("never_end"), "stopped: no end after"),
    (deed("sleep_for_ever"), "stopped: no end after"),
    (deed("fail"), "failed: KeyError 'x'"),
    (deed("answer", Expectation.REFUSED), "expected refused, was harmless"),
    (deed("refuse", Expectation.HARMLESS), "expected harmless, was refused"),
    (dataclasses.replace(deed("refuse"), message="right"), "does not match 'right'"),
    (deed("refuse_with_address"), "an address in memory"),
    (deed("refuse_with_server_path"), "the server's path"),
    (deed("refuse_at_length"), "an error of 5,000 characters"),
    (deed("refuse_with_controls"), r"the characters \['\\x1b'\]"),
    (
        dataclasses.replace(deed("refuse_where_missing", **CANARY), same_for_missing=True),
        "it tells whether a file exists",
    ),
]
SPOILS = ("change_", "register_", "leave_safe", "replace_")


@pytest.mark.parametrize(
    ("attack", "message"), SEEN, ids=[f"{attack.name}-{text[:20]}" for attack, text in SEEN]
)
def test_a_misdeed_is_seen(attack: Attack, message: str, attacks: AttackRunner) -> None:
    try:
        with pytest.raises(AssertionError, match=message):
            attacks.check(attack)
    finally:
        if attack.name.startswith(SPOILS):
            attacks.run(deed("undo"))


GOOD = [
    deed("answer", Expectation.HARMLESS),
    deed("use_temporary_folders", Expectation.HARMLESS),
    deed("refuse", Expectation.REFUSED),
    deed("refuse", Expectation.REFUSED, name="quotes_own_path", text="<CANARY> is no batch."),
    deed("take_memory_for_a_moment", Expectation.HARMLESS, name="some_memory", mebibytes=100),
    Attack(
        "code", Target.CODE, "model = Sequential([Input((4, 3)), Dense(2)])", Expectation.HARMLESS
    ),
    Attack("bad_code", Target.CODE, "model = open('<CANARY>')", message="line 1|open"),
    Attack(
        "code_page",
        Target.CODE_PAGE,
        "model = Sequential([Embedding(9, 3, mask_zero=True), LSTM(units)])\nmodel.compile('sgd')",
        Expectation.HARMLESS,
        {"units": 2},
    ),
    Attack("bad_file", Target.MODEL_FILE, b"PK\x03\x04", suffix=".keras"),
    Attack("bad_batch", Target.BATCH_FILE, "[[[[[", suffix=".json"),
    Attack("bad_result", Target.RESULT_FILE, "<html>", suffix=".html"),
]


@pytest.mark.parametrize("attack", GOOD, ids=lambda attack: attack.name)
def test_what_is_allowed_passes(attack: Attack, attacks: AttackRunner) -> None:
    attacks.check(attack)


@pytest.mark.parametrize("name", ["question.keras", "question.csv"])
def test_the_samples_are_read(name: str, attacks: AttackRunner, project: Any) -> None:
    path = project / "sample_data" / name
    is_batch = path.suffix == ".csv"
    target = Target.BATCH_FILE if is_batch else Target.MODEL_FILE
    harmless = Expectation.HARMLESS
    attacks.check(Attack(name, target, path.read_bytes(), harmless, suffix=path.suffix))
    if not is_batch:
        page = Attack(name, Target.MODEL_PAGE, path.read_bytes(), harmless, suffix=path.suffix)
        attacks.check(page)


@pytest.mark.slow
def test_the_process_stays_warm_and_starts_again(attacks: AttackRunner) -> None:
    first = attacks.run(deed("answer"))
    assert first.outcome is Outcome.HARMLESS and not first.canaries
    assert first.growth < 50 * MEBIBYTE
    with pytest.raises(AssertionError, match="died: signal 6"):
        attacks.check(deed("crash"))
    assert attacks.run(deed("answer")).outcome is Outcome.HARMLESS
