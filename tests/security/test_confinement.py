"""With every check switched off, the confined engine still opens nothing of the server's."""

import os
from collections.abc import Iterator
from pathlib import Path

import keras
import pytest

from inspector.worker import Engine
from inspector.worker.confinement import landlock_version
from tests.security.canary import WatchedAddress, WatchedFolder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedFolder]:
    try:
        landlock_version()
    except OSError as error:
        pytest.skip(f"this system does not offer Landlock: {error}")
    folder = WatchedFolder(tmp_path_factory.mktemp("server"))
    yield folder
    folder.close()


@pytest.fixture(scope="module")
def address() -> Iterator[WatchedAddress]:
    address = WatchedAddress()
    yield address
    address.close()


@pytest.fixture(scope="module")
def engine(server: WatchedFolder) -> Iterator[Engine]:
    engine = Engine(service="tests.security.unchecked_service:answer")
    assert engine.ask("answer = 1", session="a") == "did 1"
    yield engine
    engine.close()


PROGRAMS = {
    "python": "answer = open('<CANARY>').read()",
    "numpy": "answer = np.loadtxt('<CANARY>', dtype=str)",
    "tensorflow": "answer = tf.io.read_file('<CANARY>')",
    "tensorflow_in_a_graph": (
        "answer = tf.function(lambda path: tf.io.read_file(path))(tf.constant('<CANARY>'))"
    ),
    "tensorflow_in_many_threads": (
        "answer = list(tf.data.Dataset.from_tensors('<CANARY>').repeat(9)"
        ".map(tf.io.read_file, num_parallel_calls=4))"
    ),
    "lines_of_tensorflow": "answer = list(tf.data.TextLineDataset('<CANARY>'))",
    "vocabulary": "answer = keras.layers.StringLookup(vocabulary='<CANARY>').get_vocabulary()",
    "vocabulary_by_its_lambda": (
        "answer = keras.layers.Lambda(keras.layers.StringLookup, "
        "arguments={'vocabulary': '<CANARY>'})(None)"
    ),
    "list": "answer = tf.io.gfile.listdir('<FOLDER>')",
    "write": "answer = tf.io.write_file('<FOLDER>/new', b'mine')",
    "relative": "import os\nos.chdir('<FOLDER>')\nanswer = open('canary.txt').read()",
    "shell": "import subprocess\nanswer = subprocess.check_output(['/bin/cat', '<CANARY>'])",
    "python_again": (
        "import subprocess, sys\nanswer = subprocess.run("
        "[sys.executable, '-c', \"print(open('<CANARY>').read())\"], check=True)"
    ),
    "environment_of_the_server": (
        "import os\nanswer = open(f'/proc/{os.getppid()}/environ').read()"
    ),
    "connection": "import urllib.request\nanswer = urllib.request.urlopen('<URL>').read()",
    "download": "answer = keras.utils.get_file('f', '<URL>/f')",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_reaches_nothing(
    name: str, engine: Engine, server: WatchedFolder, address: WatchedAddress
) -> None:
    server.touched()
    program = PROGRAMS[name].replace("<CANARY>", str(server.canary))
    program = program.replace("<FOLDER>", str(server.folder)).replace("<URL>", address.url)
    answer = engine.ask(program, session="a")
    assert not answer.startswith("did"), answer
    assert server.secret not in answer
    assert not server.touched() and not address.touched()


def test_code_in_a_model_file_reaches_nothing(
    engine: Engine, server: WatchedFolder, tmp_path: Path
) -> None:
    path = str(server.canary)
    inputs = keras.Input((2,))
    outputs = keras.layers.Lambda(lambda x: x + len(open(path).read()), output_shape=(2,))(inputs)
    keras.Model(inputs, outputs).save(tmp_path / "m.keras")
    server.touched()
    answer = engine.ask((tmp_path / "m.keras").read_bytes(), session="a")
    assert "Permission" in answer or "Errno 13" in answer
    assert not server.touched()


def test_the_engine_says_that_it_is_confined(engine: Engine) -> None:
    assert engine.confinement is not None
    assert engine.confinement.files and engine.confinement.connections
    assert not engine.confinement.reason
    assert engine.pid is not None and Path(f"/proc/{engine.pid}").exists()
    assert os.getpid() != engine.pid
