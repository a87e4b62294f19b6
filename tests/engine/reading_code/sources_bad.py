"""Code that must be refused: what is wrong, where, and the way out."""

from tests.engine.reading_code.case import Bad

_HEAD = "from keras import layers, Model, Sequential, Input, ops\n"
_TAIL = "model = Sequential([layers.Input((3, 2)), layers.LSTM(2)])\n"


def _line(name: str, line: str, says: str, **more: object) -> Bad:
    """One wrong line before a model that is right."""
    return Bad(name, _HEAD + line + "\n" + _TAIL, 2, says, **more)  # type: ignore[arg-type]


def _layer(name: str, layer: str, says: str, **more: object) -> Bad:
    """One wrong layer on line 4 of a stack."""
    source = f"{_HEAD}model = Sequential()\nmodel.add(Input((5, 3)))\nmodel.add({layer})\n"
    return Bad(name, source, 4, says, **more)  # type: ignore[arg-type]


SYNTAX = [
    Bad("empty", "", None, "There is no code"),
    Bad("only_space", " \n\t\n", None, "There is no code"),
    Bad("not_text", 3, None, "The code is a int"),
    Bad("not_utf8", b"\xff\xfe model", None, "not UTF-8"),
    Bad("syntax", _HEAD + "x = = 2\n", 2, "not Python: invalid syntax"),
    Bad("bracket", _HEAD + "model = Sequential([\n", 2, r"'\[' was never closed"),
    Bad("wrong_bracket", _HEAD + "x = (3]\n", 2, "does not match"),
    Bad("text_not_closed", _HEAD + "x = 'abc\n", 2, "unterminated string"),
    Bad("prose", "Please look at my model below.\n" + _TAIL, 1, "not Python"),
    Bad("null_byte", _HEAD + "x = 1\0\n", 2, "null byte"),
    Bad("surrogate", _HEAD + "x = '\ud800'\n" + _TAIL, 2, "lone surrogate"),
    Bad("many_minuses", _HEAD + "x = " + "-" * 9000 + "1\n", 2, "nested"),
    Bad("many_brackets", _HEAD + "x = " + "(" * 500 + ")" * 500 + "\n", 2, "nested"),
    Bad("many_terms", _HEAD + "x = " + "+".join("1" * 3000) + "\n", 2, "nested"),
    Bad("long_number", _HEAD + "x = " + "9" * 5000 + "\n", 2, "not Python|cannot read"),
    Bad("no_model", _HEAD + "x = 3\n", None, "builds no model"),
    Bad("no_layers", "from keras import Sequential\n\nmodel = Sequential()\n", 3, "no layers"),
    Bad("model_is_a_number", "model = 3\n", None, "builds no model"),
]

FORBIDDEN = [
    _line("eval", "x = eval('1 + 1')", "`eval` is not read"),
    _line("exec", "exec('import os')", "`exec` is not read"),
    _line("exec_by_another_name", "run = exec\nrun('1')", "`exec` is not read"),
    _line("full_width_eval", "x = ｅｖａｌ('1')", "`eval` is not read"),
    _line("compile", "compile('1', 'f', 'eval')", "`compile` is not read"),
    _line("open", "text = open('/etc/passwd').read()", "`open` is not read"),
    _line("open_to_write", "open('x', 'w').write('y')", "`open` is not read"),
    _line("dunder_import", "__import__('os').system('ls')", "`__import__`"),
    _line("builtins", "__builtins__['eval']('1')", "`__builtins__`"),
    _line("getattr", "getattr(layers, 'Dense')(3)", "`getattr` is not read"),
    _line("globals", "globals()['x'] = 1", "`globals` is not read"),
    _line("class_walk", "x = ().__class__.__bases__", "`.__bases__`|`.__class__` is a private"),
    _line("subclasses", "x = (1).__class__.__mro__[-1].__subclasses__()", "private name"),
    _line("private_attribute", "x = Input((2,))._keras_history", "`._keras_history` is a private"),
    _line("private_in_skipped_line", "print(layers._x)", "`._x` is a private"),
    _line(
        "private_in_uncalled_function", "def f(x): return x.__dict__", "`.__dict__` is a private"
    ),
    _line("format_walk", "x = '{0.__class__}'.format(layers)\nLSTM(x)", "fails|not read"),
    _line("os_system", "import os; os.system('touch canary')", "`os.system` may reach"),
    _line("os_by_alias", "import os as o; o.remove('x')", "`o.remove` may reach"),
    _line("system_by_import", "from os import system as s; s('ls')", "`s` may reach"),
    _line("os_without_import", "os.unlink('x')", "`os.unlink` may reach"),
    _line("subprocess", "import subprocess; subprocess.run(['ls'])", "`subprocess.run`"),
    _line("socket", "import socket; socket.create_connection(('a', 1))", "`socket.create_conn"),
    _line(
        "requests", "import requests; d = requests.get('http://a.b')", "`requests.get` may reach"
    ),
    _line("urllib", "from urllib.request import urlopen; urlopen('http://a')", "`urlopen` may"),
    _line("pickle", "import pickle; t = pickle.loads(b'')", "`pickle.loads` may reach"),
    _line("importlib", "import importlib; m = importlib.import_module('os')", "may reach"),
    _line("shutil", "import shutil; shutil.rmtree('/')", "`shutil.rmtree` may reach"),
    _line("sys_modules", "import sys; sys.modules['os']", "`sys.modules` may reach"),
    _line("get_file", "import keras; p = keras.utils.get_file('f', 'http://x')", "downloads"),
    _line("get_file_import", "from keras.utils import get_file; get_file('f', 'u')", "downloads"),
    _line("load_model", "import keras; model = keras.models.load_model('m.keras')", "from a file"),
    _line("load_model_import", "from keras.models import load_model as l; l('m')", "from a file"),
    _line(
        "model_from_json",
        "from keras.models import model_from_json; model_from_json('')",
        "rebuilds a model",
    ),
    _line("from_config", "m = Model.from_config({'layers': []})", "rebuilds an object"),
    _line("deserialize", "import keras; keras.layers.deserialize({})", "rebuilds an object"),
    _line(
        "deserialize_object",
        "import keras; keras.saving.deserialize_keras_object({})",
        "rebuilds an object",
    ),
    _line("unsafe", "import keras; keras.config.enable_unsafe_deserialization()", "safeguard"),
    _line("py_function", "import tensorflow as tf; tf.py_function(print, [1], tf.int32)", "Python"),
    _line("read_file", "import tensorflow as tf; tf.io.read_file('/etc/passwd')", "reads a file"),
    _line("raw_ops", "import tensorflow as tf; tf.raw_ops.ReadFile(filename='f')", "with files"),
    _line("keras_src", "from keras.src.layers import Dense", "`keras.src` is Keras's inside"),
    _line("private_import", "from keras.layers import _x", "private name"),
    _line("class_definition", "class Mine(layers.Layer):\n  pass", "defines a class"),
    _line("class_model", "class M(Model):\n  def call(self, x): return x", "defines a class"),
    _line("decorator", "@cache\ndef f(x): return x", "has the decorator `@cache`"),
    _line("async", "async def f(): pass", "Asynchronous"),
    _layer("tfsm_layer", "layers.TFSMLayer('path')", "loads a saved model"),
    _layer("vocabulary_file", "layers.TextVectorization(vocabulary='/etc/passwd')", "names a file"),
    _layer("lookup_file", "layers.StringLookup(vocabulary='vocab.txt')", "names a file"),
    _layer("jax_layer", "layers.JaxLayer(print)", "`keras.layers.JaxLayer` is not among"),
    _layer(
        "activation_description",
        "layers.Dense(1, activation={'class_name': 'f', 'config': {}})",
        "a description",
    ),
    _layer(
        "layer_description",
        "layers.Bidirectional({'class_name': 'LSTM', 'config': {}})",
        "a description",
    ),
    _layer("lambda_of_text", "layers.Lambda('lambda x: x')", "`Lambda` gets a str"),
    _layer("lambda_of_bytes", "layers.Lambda(function=('code', None, None))", "gets a tuple"),
    _layer("lambda_eval", "layers.Lambda(lambda x: eval('x'))", "`eval` is not read"),
    _layer("set_private", "layers.Dense(1)._name", "private name"),
]

ARGUMENTS = [
    _layer(
        "return_sequence",
        "layers.LSTM(4, return_sequence=True)",
        "`LSTM` has no argument `return_sequence`. Did you mean `return_sequences`?",
    ),
    _layer("unit", "layers.GRU(unit=4)", "no argument `unit`. Did you mean `units`?"),
    _layer("mask_values", "layers.Masking(mask_values=0)", "Did you mean `mask_value`?"),
    _layer("nonsense", "layers.Dense(4, colour='red')", "no argument `colour`"),
    _layer("no_units", "layers.LSTM()", "`LSTM` needs the argument `units`"),
    _layer("no_layer_in_wrapper", "layers.Bidirectional()", "needs the argument `layer`"),
    _layer("too_many", "layers.RepeatVector(1, 2, 3)", "more than it takes"),
    _layer("twice", "layers.Dense(3, units=4)", "gets `units` twice"),
    _layer("float_units", "layers.Dense(64 / 2)", "32.0.*whole number.*//"),
    _layer("text_units", "layers.LSTM('10')", "`units` of `LSTM` is '10'"),
    _layer("negative_units", "layers.Dense(-3)", "positive"),
    _layer("activation_name", "layers.Dense(3, activation='sofmax')", "Did you mean 'softmax'?"),
    _layer("initializer_name", "layers.Dense(3, kernel_initializer='glorot')", "does not know"),
    _layer("misspelt_layer", "layers.Desne(3)", "Did you mean `Dense`?"),
    _layer("misspelt_lowercase", "layers.dense(3)", "Did you mean `Dense`?"),
    _layer("not_called", "layers.LSTM", "Call the class"),
    _layer("a_number", "3", "A int is added"),
    _layer("unknown_layer", "CRF(5)", r"`CRF\(5\)` has no value here"),
    _layer("misspelt_bare", "Desne(3)", "Did you mean `Dense`?"),
    _layer("wrapped_function", "layers.TimeDistributed(lambda x: x)", "refuses|expected"),
    Bad(
        "foreign_layer",
        "from keras_contrib.layers import CRF\n" + _HEAD + _TAIL + "model.add(CRF(3))\n",
        4,
        "`keras_contrib.layers`, which is not read",
    ),
    Bad(
        "foreign_tensor_function",
        "from mine import attend\n" + _HEAD + "i = Input((3,))\n"
        "x = attend(i)\nmodel = Model(i, x)\n",
        4,
        "`mine`, which is not read",
    ),
    Bad(
        "misspelt_module",
        "import keras\nmodel = keras.Sequential([keras.layer.Dense(3)])\n",
        2,
        "Did you mean `layers`?",
    ),
    Bad("misspelt_import", "from keras.layers import LSMT\n", 1, "Did you mean `LSTM`?"),
    Bad(
        "misspelt_variable",
        _HEAD + "inputs = Input((3, 2))\nx = layers.LSTM(3)(input)\n",
        3,
        "`input` has no value here",
    ),
    Bad(
        "undefined_tensor",
        _HEAD + "x = layers.LSTM(3)(hidden)\nmodel = Model(x, x)\n",
        2,
        "`hidden` has no value here",
    ),
    Bad(
        "undefined_output",
        _HEAD + "i = Input((3,))\nmodel = Model(i, out)\n",
        3,
        "`out` has no value here",
    ),
    Bad("model_without_outputs", _HEAD + "i = Input((3,))\nmodel = Model(i)\n", 3, "no outputs"),
    Bad("model_without_inputs", _HEAD + "model = Model()\n", 2, "no inputs"),
    Bad(
        "model_argument",
        _HEAD + "i = Input((3,))\nmodel = Model(inputs=i, output=i, x=3)\n",
        3,
        "no argument `x`",
    ),
    Bad(
        "sequential_argument",
        "from keras import Sequential\nm = Sequential(layer=[])\n",
        2,
        "no argument `layer`",
    ),
    Bad(
        "disconnected",
        _HEAD + "i, j = Input((3,)), Input((3,))\nx = layers.Dense(2)(i)\nmodel = Model(j, x)\n",
        4,
        "does not depend on its inputs",
    ),
    Bad(
        "rank",
        _HEAD + "i = Input((3,))\nx = layers.LSTM(2)(i)\n",
        3,
        r"receives shape \(None, 3\).*3 axes.*\(timesteps, features\)",
    ),
    Bad(
        "rank_in_a_stack",
        _HEAD + "model = Sequential([\n  Input((5, 3)),\n  layers.LSTM(4),\n"
        "  layers.LSTM(4),\n])\n",
        5,
        "lack `return_sequences=True`",
    ),
    Bad(
        "rank_in_added_layers",
        _HEAD + "m = Sequential()\nm.add(layers.LSTM(4, input_shape=(5, 3)))"
        "\nm.add(layers.Dropout(0.1))\nm.add(layers.LSTM(4))\nm.compile('adam', 'mse')\n",
        5,
        "lack `return_sequences=True`",
    ),
    Bad(
        "merge_shapes",
        _HEAD + "a, b = Input((3,)), Input((4,))\nx = layers.Add()([a, b])\n",
        3,
        "Keras refuses",
    ),
    Bad(
        "reshape_size",
        _HEAD + "i = Input((4, 3))\nx = layers.Reshape((5, 2))(i)\n",
        3,
        "Keras refuses",
    ),
    Bad(
        "unpack_states",
        _HEAD + "i = Input((4, 3))\nx, h = layers.GRU(2)(i)\n",
        3,
        "lack `return_state=True`",
    ),
    Bad("unpack_count", _HEAD + "a, b = 1, 2, 3\n", 2, "3 values are unpacked into 2 names"),
    Bad(
        "two_names",
        _HEAD + "m = Sequential([Input((3,)), layers.Dense(2, name='a'),\n"
        "  layers.Dense(2, name='a')])\nm.compile()\n",
        3,
        "Two layers are named `a`",
    ),
    Bad("layer_without_tensor", _HEAD + "x = layers.Dense(2)()\n", 2, "called without a tensor"),
    Bad("input_of_data", _HEAD + "x = Input(tensor=3)\n", 2, "wraps data"),
    Bad("time_major", _HEAD + "x = layers.LSTM(2, time_major=True)\n", 2, "timesteps before rows"),
    Bad("get_layer", _HEAD + _TAIL + "x = model.get_layer('encodr')\n", 3, "no layer named"),
    Bad("set_attribute", _HEAD + _TAIL + "model.layers[0].units = 3\n", 3, "only `trainable`"),
    Bad(
        "loss_name",
        _HEAD + _TAIL + "model.compile(loss='categorical_crosentropy')\n",
        3,
        "no loss named.*Did you mean 'categorical_crossentropy'",
    ),
    Bad(
        "optimizer_name",
        _HEAD + _TAIL + "model.compile('adan', 'mse')\n",
        3,
        "no optimizer named 'adan'. Did you mean 'Adam'",
    ),
    Bad(
        "metric_name",
        _HEAD + _TAIL + "model.compile('adam', 'mse',\n  metrics=['acuracy'])\n",
        4,
        "no metric named 'acuracy'",
    ),
    Bad(
        "compile_argument",
        _HEAD + _TAIL + "model.compile(losses='mse')\n",
        3,
        "no argument `losses`. Did you mean `loss`?",
    ),
    Bad(
        "undefined_loss",
        _HEAD + _TAIL + "model.compile('adam', loss=crf.loss)\n",
        3,
        "`crf.loss` has no value here. It is the loss",
    ),
    Bad(
        "optimizer_argument",
        "from keras.optimizers import Adam\na = Adam(learning_rat=0.1)\n",
        2,
        "Did you mean `learning_rate`?",
    ),
]

VALUES = [
    _line("division", "x = 1 / 0", "divides by zero"),
    _line("index", "x = [1, 2][5]", "beyond the end"),
    _line("key", "x = {'a': 1}['b']", "no key 'b'"),
    _line("types", "x = 'a' + 1", "fails"),
    _line("no_such_keyword", "f = lambda a: a; x = f(b=Input((2,)))", "cannot be called"),
    _line("equal_on_tensor", "x = Input((3,)) == 0", "keras.ops.equal"),
    _line("tensor_decides", "x = 1 if Input((3,)) > 0 else 2", "A tensor decides here"),
    _line("tensor_assigned", "x = Input((3,)); x[0] = 1", "tensors cannot be changed"),
    _line("numpy_on_tensor", "import numpy as np; x = np.sum(Input((3,)))", "keras.ops.sum"),
    _line("layer_times_two", "x = layers.Dense(3) * 2", "computes with a layer"),
    _line("module_called", "x = layers(3)", "is a module and cannot be called"),
    _line("number_called", "n = 3; x = n(2)", "cannot be called"),
    _line("tensor_called", "i = Input((3,)); x = i(2)", "is a tensor and cannot be called"),
    _line("tensor_attribute", "i = Input((3,)); x = i.numpy()", "`.numpy` of a KerasTensor"),
    _line("layer_attribute", "x = layers.Dense(3).unit", "Did you mean `.units`?"),
    _line("loop_over_number", "for i in 3: pass", "A loop goes through a int"),
    _line("loop_over_tensor", "for i in Input((3,)): pass", "A loop goes through a KerasTensor"),
    _line("raises", "if not False: raise ValueError('no')", "The code raises"),
    _line("unbound_augmented", "total += 1", "has no value yet"),
    _line("match", "match 3:\n  case 3: pass", "is not read"),
    _line("complex", "x = 3j", "Complex numbers"),
    _line("ops_keyword", "x = ops.sum(Input((3,)), axs=1)", "Did you mean `axis`?"),
]

LIMITS = [
    Bad("too_long", _HEAD + "x = 1\n" * 50, None, "characters.*limits=", {"characters": 100}),
    Bad("endless_loop", _HEAD + "while True: pass\n", 2, "too many steps.*`steps`.*limits="),
    Bad("huge_loop", _HEAD + "for i in range(10 ** 12):\n  x = i\n", 2, "`elements`|`steps`"),
    Bad(
        "nested_loops",
        _HEAD + "for i in range(9000):\n  for j in range(9000): x = j\n",
        3,
        "too many steps",
    ),
    Bad("huge_comprehension", _HEAD + "x = [0 for i in range(10 ** 9)]\n", 2, "`elements`|`steps`"),
    Bad("huge_list", _HEAD + "x = [0] * 10 ** 9\n", 2, "1,000,000,000 elements"),
    Bad("huge_text", _HEAD + "x = 'a' * 10 ** 9\n", 2, "elements"),
    Bad("doubling_text", _HEAD + "x = 'ab'\nfor i in range(99): x = x + x\n", 3, "elements"),
    Bad("doubling_list", _HEAD + "x = [1]\nfor i in range(99): x = [x, x]\n", 3, "steps"),
    Bad("list_in_itself", _HEAD + "x = []\nx.append(x)\ny = str(x)\n", 4, "steps"),
    Bad("replace_bomb", _HEAD + "x = ('a' * 9000).replace('a', 'b' * 9000)\n", 2, "elements"),
    Bad("format_bomb", _HEAD + "x = f'{1:999999999}'\n", 2, "too wide"),
    Bad("percent_bomb", _HEAD + "x = '%999999999d' % 1\n", 2, "too wide"),
    Bad("power_bomb", _HEAD + "x = 9 ** 9 ** 9\n", 2, "too large"),
    Bad("shift_bomb", _HEAD + "x = 1 << 10 ** 9\n", 2, "too large"),
    Bad("sum_bomb", _HEAD + "x = sum(range(10 ** 12))\n", 2, "elements"),
    Bad("list_of_range", _HEAD + "x = list(range(10 ** 12))\n", 2, "elements"),
    Bad(
        "literal_too_long", _HEAD + "x = [" + "0, " * 60 + "]\n", 2, "60 elements", {"elements": 50}
    ),
    Bad("recursion", _HEAD + "def f(n): return f(n - 1)\nx = f(3)\n", 2, "calls itself"),
    Bad(
        "mutual_recursion",
        _HEAD + "f = lambda x: g(x)\ng = lambda x: f(x)\ny = f(layers)\n",
        3,
        "calls itself",
    ),
    Bad(
        "call_depth",
        _HEAD
        + "a = lambda x: x\n"
        + "".join(f"{b} = lambda x: {a}(x)\n" for a, b in zip("abcd", "bcde", strict=True))
        + "y = e(layers)\n",
        4,
        "`calls`",
        {"calls": 3},
    ),
    Bad(
        "nesting",
        _HEAD + "x = " + "[" * 30 + "]" * 30 + "\n",
        2,
        "nested more than 20",
        {"nesting": 20},
    ),
    Bad(
        "layers",
        _HEAD + "m = Sequential([Input((2,))])\nfor i in range(99):\n  m.add(layers.Dense(2))\n",
        4,
        "`layers`",
        {"layers": 20},
    ),
    _layer("parameters", "layers.Dense(10 ** 9)", "3,000,000,000 parameters.*`parameters`"),
    Bad(
        "parameters_embedding",
        _HEAD + "i = Input((3,))\nx = layers.Embedding(10**12, 10**12)(i)\n",
        3,
        r"10\^24 parameters",
    ),
    Bad(
        "parameters_in_sum",
        _HEAD + "x = Input((100,))\nfor i in range(9):\n  x = layers.Dense(100)(x)\n",
        4,
        "parameters",
        {"parameters": 50_000},
    ),
    Bad(
        "unbuilt_parameters",
        _HEAD + "model = Sequential([layers.Embedding(10**9, 10**3),\n  layers.LSTM(3)])\n",
        2,
        "parameters",
    ),
    Bad(
        "repeat_vector",
        _HEAD + "i = Input((3,))\nx = layers.RepeatVector(10 ** 9)(i)\n",
        3,
        "`values`",
    ),
    _layer("padding", "layers.ZeroPadding1D(10 ** 9)", "`values`"),
    _layer("upsampling", "layers.UpSampling1D(10 ** 9)", "`values`"),
    _line("ops_zeros", "x = ops.zeros((10 ** 5, 10 ** 5))", "numbers.*`values`"),
    _line("ops_repeat", "x = ops.repeat(ops.ones((100,)), 10 ** 8)", "`values`|Keras refuses"),
    _line("ops_eye", "x = ops.eye(10 ** 6)", "`values`"),
    _line("ops_arange", "x = ops.arange(10 ** 10)", "`values`|Keras refuses"),
    _line("layer_on_data", "x = layers.RepeatVector(10 ** 9)(ops.ones((2, 3)))", "`values`"),
    _layer("lambda_zeros", "layers.Lambda(lambda x: ops.zeros((10 ** 5, 10 ** 5)))", "`values`"),
    _layer("lambda_endless", "layers.Lambda(lambda x: [0 for i in range(10 ** 7)])", "steps|elem"),
    Bad(
        "timesteps_assumed",
        _HEAD + "i = Input((None, 100))\nx = layers.Dense(1000)(i)\n",
        2,
        "`values`",
        {"timesteps": 10**6, "rows": 10**3},
    ),
    Bad("seconds", _HEAD + "for i in range(10 ** 5): x = i\n", 2, "`seconds`", {"seconds": 0.0}),
    _line("sum_of_lists", "x = sum([[1]] * 90_000, [0]) * 9", "elements"),
    _line("many_tensors", "i = Input((3,)); x = layers.Add()([i] * 90_000)", "steps"),
    _line("many_outputs", "i = Input((3,)); x = Model(i, [i] * 90_000)", "steps"),
    _line("many_cells", "x = layers.RNN([layers.LSTMCell(1)] * 90_000)", "steps"),
    _line("many_parts", "x = ops.split(Input((10**6,)), 10**6, axis=1)", "steps"),
    _line("repeat_by_tensor", "x = ops.repeat(ops.ones((2,)), ops.array([10**9, 1]))", "`values`"),
    _line(
        "sequence_mask",
        "import tensorflow as tf; x = tf.sequence_mask(tf.constant([10**9]))",
        "`values`",
    ),
    _line(
        "einsum_inside",
        "a = ops.ones((9000,)); x = ops.einsum('a,b,c,d->', a, a, a, a)",
        "`einsum` may take much memory",
    ),
    _line("many_results", "y = ops.ones((10**6,)); x = [y * i for i in range(9999)]", "steps"),
    _line(
        "many_arrays", "import numpy as np; x = [np.ones((300, 300)) for i in range(999)]", "steps"
    ),
    _line("wide_texts", "import numpy as np; x = np.ones(3).astype('U99999999')", "too large"),
    _layer(
        "vocabulary_file_by_position",
        "layers.TextVectorization(9, None, None, None, 'int', None, False, '/etc/passwd')",
        "names a file",
    ),
]

MISSING = [
    Bad(
        "asked_vocabulary",
        _HEAD + "model = Sequential([layers.Embedding(vocab_size, 8),\n  layers.LSTM(4)])\n",
        2,
        "takes `vocab_size` from data.*names=",
        asked=("vocab_size",),
    ),
    Bad(
        "asked_shape",
        _HEAD + "i = Input(X.shape[1:])\nmodel = Model(i, layers.Dense(3)(i))\n",
        2,
        "X.shape",
        asked=("X.shape[1:]",),
    ),
    Bad(
        "asked_several",
        _HEAD + "i = Input((X.shape[1], n_features))\nh = layers.LSTM(units)(i)\n"
        "model = Model(i, layers.Dense(len(labels))(h))\n",
        2,
        "`units`",
        asked=("X.shape[1]", "n_features", "units", "len(labels)"),
    ),
    Bad(
        "asked_by_variable",
        _HEAD + "vocab = len(tok.word_index) + 1\n"
        "model = Sequential([layers.Embedding(vocab, 8), layers.LSTM(units=vocab // 2)])\n",
        2,
        "`vocab`",
        asked=("vocab",),
    ),
    Bad(
        "asked_unpacked",
        _HEAD + "n, t, f = data.shape\ni = Input((t, f))\nmodel = Model(i, layers.LSTM(3)(i))\n",
        2,
        "`t`, `f`",
        asked=("t", "f"),
    ),
    Bad(
        "asked_from_module",
        "import pandas as pd\n" + _HEAD + "d = pd.read_csv('x.csv')\n"
        "i = Input((d.shape[1],))\nmodel = Model(i, layers.Dense(3)(i))\n",
        4,
        "d.shape",
        asked=("d.shape[1]",),
    ),
    Bad(
        "asked_condition",
        _HEAD + "x = i = Input((4, 2))\nif args.deep:\n  x = layers.LSTM(3)(x)\n"
        "model = Model(i, x)\n",
        3,
        "args.deep",
        asked=("args.deep",),
    ),
    Bad(
        "asked_loop",
        _HEAD + "m = Sequential([Input((4, 2))])\nfor n in sizes:\n"
        "  m.add(layers.Dense(n))\nm.compile('adam', 'mse')\n",
        3,
        "sizes",
        asked=("sizes",),
    ),
    Bad(
        "asked_parameters",
        _HEAD + "def build(units, timesteps, rate=0.1):\n"
        "  i = Input((timesteps, 3))\n  return Model(i, layers.LSTM(units, dropout=rate)(i))\n",
        2,
        "`units`",
        asked=("timesteps", "units"),
    ),
    Bad(
        "asked_input_shape",
        _HEAD + "model = Sequential([layers.LSTM(3), layers.Dense(2)])\n",
        2,
        "input_shape",
        asked=("input_shape",),
    ),
    Bad(
        "asked_input_shape_flatten",
        _HEAD + "model = Sequential([layers.Embedding(9, 3),\n"
        "  layers.Flatten(), layers.Dense(2)])\n",
        2,
        "input_shape",
        asked=("input_shape",),
    ),
]

BAD = [*SYNTAX, *FORBIDDEN, *ARGUMENTS, *VALUES, *LIMITS, *MISSING]
