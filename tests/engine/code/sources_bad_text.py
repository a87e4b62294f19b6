"""Text that is no Python, and code that is forbidden."""

from tests.engine.code.case import HEAD, TAIL, Bad, wrong_layer, wrong_line

SYNTAX = [
    Bad("empty", "", None, "There is no code"),
    Bad("only_space", " \n\t\n", None, "There is no code"),
    Bad("not_text", 3, None, "The code is a int"),
    Bad("not_utf8", b"\xff\xfe model", None, "not UTF-8"),
    Bad("syntax", HEAD + "x = = 2\n", 2, "not Python: invalid syntax"),
    Bad("bracket", HEAD + "model = Sequential([\n", 2, r"'\[' was never closed"),
    Bad("wrong_bracket", HEAD + "x = (3]\n", 2, "does not match"),
    Bad("text_not_closed", HEAD + "x = 'abc\n", 2, "unterminated string"),
    Bad("prose", "Please look at my model below.\n" + TAIL, 1, "not Python"),
    Bad("null_byte", HEAD + "x = 1\0\n", 2, "null byte"),
    Bad("surrogate", HEAD + "x = '\ud800'\n" + TAIL, 2, "lone surrogate"),
    Bad("many_minuses", HEAD + "x = " + "-" * 9000 + "1\n", 2, "nested"),
    Bad("many_brackets", HEAD + "x = " + "(" * 500 + ")" * 500 + "\n", 2, "nested"),
    Bad("many_terms", HEAD + "x = " + "+".join("1" * 3000) + "\n", 2, "nested"),
    Bad("long_number", HEAD + "x = " + "9" * 5000 + "\n", 2, "not Python|cannot read"),
    Bad("no_model", HEAD + "x = 3\n", None, "builds no model"),
    Bad("no_layers", "from keras import Sequential\n\nmodel = Sequential()\n", 3, "no layers"),
    Bad("model_is_a_number", "model = 3\n", None, "builds no model"),
]

FORBIDDEN = [
    wrong_line("eval", "x = eval('1 + 1')", "`eval` is not read"),
    wrong_line("exec", "exec('import os')", "`exec` is not read"),
    wrong_line("exec_by_another_name", "run = exec\nrun('1')", "`exec` is not read"),
    wrong_line("full_width_eval", "x = ｅｖａｌ('1')", "`eval` is not read"),
    wrong_line("compile", "compile('1', 'f', 'eval')", "`compile` is not read"),
    wrong_line("open", "text = open('/etc/passwd').read()", "`open` is not read"),
    wrong_line("open_to_write", "open('x', 'w').write('y')", "`open` is not read"),
    wrong_line("dunder_import", "__import__('os').system('ls')", "`__import__`"),
    wrong_line("builtins", "__builtins__['eval']('1')", "`__builtins__`"),
    wrong_line("getattr", "getattr(layers, 'Dense')(3)", "`getattr` is not read"),
    wrong_line("globals", "globals()['x'] = 1", "`globals` is not read"),
    wrong_line(
        "class_walk", "x = ().__class__.__bases__", "`.__bases__`|`.__class__` is a private"
    ),
    wrong_line("subclasses", "x = (1).__class__.__mro__[-1].__subclasses__()", "private name"),
    wrong_line(
        "private_attribute", "x = Input((2,))._keras_history", "`._keras_history` is a private"
    ),
    wrong_line("mask_of_a_tensor", "x = Input((2,))._keras_mask", "Use `mask = layer.compute_mask"),
    wrong_line("mask_set_by_hand", "layers.x._keras_mask = 3", "`._keras_mask` is a private"),
    wrong_line("comma_is_missing", "x = [layers.Input() layers.GRU(2)]", r"a comma\? Correct"),
    wrong_line("private_in_skipped_line", "print(layers._x)", "`._x` is a private"),
    wrong_line(
        "private_in_uncalled_function", "def f(x): return x.__dict__", "`.__dict__` is a private"
    ),
    wrong_line("format_walk", "x = '{0.__class__}'.format(layers)\nLSTM(x)", "fails|not read"),
    wrong_line("os_system", "import os; os.system('touch canary')", "`os.system` may reach"),
    wrong_line("os_by_alias", "import os as o; o.remove('x')", "`o.remove` may reach"),
    wrong_line("system_by_import", "from os import system as s; s('ls')", "`s` may reach"),
    wrong_line("os_without_import", "os.unlink('x')", "`os.unlink` may reach"),
    wrong_line("subprocess", "import subprocess; subprocess.run(['ls'])", "`subprocess.run`"),
    wrong_line(
        "socket", "import socket; socket.create_connection(('a', 1))", "`socket.create_conn"
    ),
    wrong_line(
        "requests", "import requests; d = requests.get('http://a.b')", "`requests.get` may reach"
    ),
    wrong_line(
        "urllib", "from urllib.request import urlopen; urlopen('http://a')", "`urlopen` may"
    ),
    wrong_line("pickle", "import pickle; t = pickle.loads(b'')", "`pickle.loads` may reach"),
    wrong_line("importlib", "import importlib; m = importlib.import_module('os')", "may reach"),
    wrong_line("shutil", "import shutil; shutil.rmtree('/')", "`shutil.rmtree` may reach"),
    wrong_line("sys_modules", "import sys; sys.modules['os']", "`sys.modules` may reach"),
    wrong_line("get_file", "import keras; p = keras.utils.get_file('f', 'http://x')", "downloads"),
    wrong_line(
        "get_file_import", "from keras.utils import get_file; get_file('f', 'u')", "downloads"
    ),
    wrong_line(
        "load_model", "import keras; model = keras.models.load_model('m.keras')", "from a file"
    ),
    wrong_line(
        "load_model_import", "from keras.models import load_model as l; l('m')", "from a file"
    ),
    wrong_line(
        "model_from_json",
        "from keras.models import model_from_json; model_from_json('')",
        "rebuilds a model",
    ),
    wrong_line("from_config", "m = Model.from_config({'layers': []})", "rebuilds an object"),
    wrong_line("deserialize", "import keras; keras.layers.deserialize({})", "rebuilds an object"),
    wrong_line(
        "deserialize_object",
        "import keras; keras.saving.deserialize_keras_object({})",
        "rebuilds an object",
    ),
    wrong_line("unsafe", "import keras; keras.config.enable_unsafe_deserialization()", "safeguard"),
    wrong_line(
        "py_function", "import tensorflow as tf; tf.py_function(print, [1], tf.int32)", "Python"
    ),
    wrong_line(
        "read_file", "import tensorflow as tf; tf.io.read_file('/etc/passwd')", "reads a file"
    ),
    wrong_line(
        "raw_ops", "import tensorflow as tf; tf.raw_ops.ReadFile(filename='f')", "with files"
    ),
    wrong_line("keras_src", "from keras.src.layers import Dense", "`keras.src` is Keras's inside"),
    wrong_line("private_import", "from keras.layers import _x", "private name"),
    wrong_line("class_definition", "class Mine(layers.Layer):\n  pass", "defines a class"),
    wrong_line("class_model", "class M(Model):\n  def call(self, x): return x", "defines a class"),
    wrong_line("decorator", "@cache\ndef f(x): return x", "has the decorator `@cache`"),
    wrong_line("async", "async def f(): pass", "Asynchronous"),
    wrong_layer("tfsm_layer", "layers.TFSMLayer('path')", "loads a saved model"),
    wrong_layer(
        "vocabulary_file", "layers.TextVectorization(vocabulary='/etc/passwd')", "names a file"
    ),
    wrong_layer("lookup_file", "layers.StringLookup(vocabulary='vocab.txt')", "names a file"),
    wrong_layer("jax_layer", "layers.JaxLayer(print)", "`keras.layers.JaxLayer` is not among"),
    wrong_layer(
        "activation_description",
        "layers.Dense(1, activation={'class_name': 'f', 'config': {}})",
        "a description",
    ),
    wrong_layer(
        "layer_description",
        "layers.Bidirectional({'class_name': 'LSTM', 'config': {}})",
        "a description",
    ),
    wrong_layer("lambda_of_text", "layers.Lambda('lambda x: x')", "`Lambda` gets a str"),
    wrong_layer("lambda_of_bytes", "layers.Lambda(function=('code', None, None))", "gets a tuple"),
    wrong_layer("lambda_eval", "layers.Lambda(lambda x: eval('x'))", "`eval` is not read"),
    wrong_layer("set_private", "layers.Dense(1)._name", "private name"),
]
