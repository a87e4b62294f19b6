"""More than the limits allow, and values that are missing."""

from tests.engine.code.case import HEAD, TAIL, Bad, wrong_layer, wrong_line

LIMITS = [
    Bad("too_long", HEAD + "x = 1\n" * 50, None, "characters.*limits=", {"characters": 100}),
    Bad("endless_loop", HEAD + "while True: pass\n", 2, "too many steps.*`steps`.*limits="),
    Bad("huge_loop", HEAD + "for i in range(10 ** 12):\n  x = i\n", 2, "`elements`|`steps`"),
    Bad(
        "nested_loops",
        HEAD + "for i in range(9000):\n  for j in range(9000): x = j\n",
        3,
        "too many steps",
    ),
    Bad("huge_comprehension", HEAD + "x = [0 for i in range(10 ** 9)]\n", 2, "`elements`|`steps`"),
    Bad("huge_list", HEAD + "x = [0] * 10 ** 9\n", 2, "1,000,000,000 elements"),
    Bad("huge_text", HEAD + "x = 'a' * 10 ** 9\n", 2, "elements"),
    Bad("doubling_text", HEAD + "x = 'ab'\nfor i in range(99): x = x + x\n", 3, "elements"),
    Bad("doubling_list", HEAD + "x = [1]\nfor i in range(99): x = [x, x]\n", 3, "steps"),
    Bad("list_in_itself", HEAD + "x = []\nx.append(x)\ny = str(x)\n", 4, "steps"),
    Bad("replace_bomb", HEAD + "x = ('a' * 9000).replace('a', 'b' * 9000)\n", 2, "elements"),
    Bad("format_bomb", HEAD + "x = f'{1:999999999}'\n", 2, "too wide"),
    Bad("percent_bomb", HEAD + "x = '%999999999d' % 1\n", 2, "too wide"),
    Bad("power_bomb", HEAD + "x = 9 ** 9 ** 9\n", 2, "too large"),
    Bad("shift_bomb", HEAD + "x = 1 << 10 ** 9\n", 2, "too large"),
    Bad("sum_bomb", HEAD + "x = sum(range(10 ** 12))\n", 2, "elements"),
    Bad("list_of_range", HEAD + "x = list(range(10 ** 12))\n", 2, "elements"),
    Bad(
        "literal_too_long", HEAD + "x = [" + "0, " * 60 + "]\n", 2, "60 elements", {"elements": 50}
    ),
    Bad("recursion", HEAD + "def f(n): return f(n - 1)\nx = f(3)\n", 2, "calls itself"),
    Bad(
        "mutual_recursion",
        HEAD + "f = lambda x: g(x)\ng = lambda x: f(x)\ny = f(layers)\n",
        3,
        "calls itself",
    ),
    Bad(
        "call_depth",
        HEAD
        + "a = lambda x: x\n"
        + "".join(f"{b} = lambda x: {a}(x)\n" for a, b in zip("abcd", "bcde", strict=True))
        + "y = e(layers)\n",
        4,
        "`calls`",
        {"calls": 3},
    ),
    Bad(
        "nesting",
        HEAD + "x = " + "[" * 30 + "]" * 30 + "\n",
        2,
        "nested more than 20",
        {"nesting": 20},
    ),
    Bad(
        "layers",
        HEAD + "m = Sequential([Input((2,))])\nfor i in range(99):\n  m.add(layers.Dense(2))\n",
        4,
        "`layers`",
        {"layers": 20},
    ),
    wrong_layer("parameters", "layers.Dense(10 ** 9)", "3,000,000,000 parameters.*`parameters`"),
    Bad(
        "parameters_embedding",
        HEAD + "i = Input((3,))\nx = layers.Embedding(10**12, 10**12)(i)\n",
        3,
        "`input_dim` of `Embedding`",
    ),
    Bad(
        "parameters_in_sum",
        HEAD + "x = Input((100,))\nfor i in range(9):\n  x = layers.Dense(100)(x)\n",
        4,
        "parameters",
        {"parameters": 50_000},
    ),
    Bad(
        "unbuilt_parameters",
        HEAD + "model = Sequential([layers.Embedding(10**9, 10**3),\n  layers.LSTM(3)])\n",
        2,
        "parameters",
    ),
    Bad(
        "repeat_vector",
        HEAD + "i = Input((3,))\nx = layers.RepeatVector(10 ** 9)(i)\n",
        3,
        "`values`",
    ),
    wrong_layer("padding", "layers.ZeroPadding1D(10 ** 9)", "`values`"),
    wrong_layer("upsampling", "layers.UpSampling1D(10 ** 9)", "`values`"),
    wrong_line("ops_zeros", "x = ops.zeros((10 ** 5, 10 ** 5))", "numbers.*`values`"),
    wrong_line("ops_repeat", "x = ops.repeat(ops.ones((100,)), 10 ** 8)", "`values`|Keras refuses"),
    wrong_line("ops_eye", "x = ops.eye(10 ** 6)", "`values`"),
    wrong_line("ops_arange", "x = ops.arange(10 ** 10)", "`values`|Keras refuses"),
    wrong_line("layer_on_data", "x = layers.RepeatVector(10 ** 9)(ops.ones((2, 3)))", "`values`"),
    wrong_layer(
        "lambda_zeros", "layers.Lambda(lambda x: ops.zeros((10 ** 5, 10 ** 5)))", "`values`"
    ),
    wrong_layer(
        "lambda_endless", "layers.Lambda(lambda x: [0 for i in range(10 ** 7)])", "steps|elem"
    ),
    Bad(
        "timesteps_assumed",
        HEAD + "i = Input((None, 100))\nx = layers.Dense(1000)(i)\n",
        2,
        "`values`",
        {"timesteps": 10**6, "rows": 10**3},
    ),
    Bad("seconds", HEAD + "for i in range(10 ** 5): x = i\n", 2, "`seconds`", {"seconds": 0.0}),
    wrong_line("sum_of_lists", "x = sum([[1]] * 90_000, [0]) * 9", "elements"),
    wrong_line("many_tensors", "i = Input((3,)); x = layers.Add()([i] * 90_000)", "steps"),
    wrong_line("many_outputs", "i = Input((3,)); x = Model(i, [i] * 90_000)", "steps"),
    wrong_line("many_cells", "x = layers.RNN([layers.LSTMCell(1)] * 90_000)", "steps"),
    wrong_line("many_parts", "x = ops.split(Input((10**6,)), 10**6, axis=1)", "at most 1,024"),
    wrong_line(
        "repeat_by_tensor", "x = ops.repeat(ops.ones((2,)), ops.array([10**9, 1]))", "`values`"
    ),
    wrong_line(
        "sequence_mask",
        "import tensorflow as tf; x = tf.sequence_mask(tf.constant([10**9]))",
        "`values`",
    ),
    wrong_line(
        "einsum_inside",
        "a = ops.ones((9000,)); x = ops.einsum('a,b,c,d->', a, a, a, a)",
        "`einsum` may take much memory",
    ),
    wrong_line("many_results", "y = ops.ones((10**6,)); x = [y * i for i in range(9999)]", "steps"),
    wrong_line(
        "many_arrays", "import numpy as np; x = [np.ones((300, 300)) for i in range(999)]", "steps"
    ),
    wrong_line("wide_texts", "import numpy as np; x = np.ones(3).astype('U99999999')", "too large"),
    wrong_layer(
        "vocabulary_file_by_position",
        "layers.TextVectorization(9, None, None, None, 'int', None, False, '/etc/passwd')",
        "names a file",
    ),
]

MISSING = [
    Bad(
        "asked_vocabulary",
        HEAD + "model = Sequential([layers.Embedding(vocab_size, 8),\n  layers.LSTM(4)])\n",
        2,
        "takes `vocab_size` from data.*names=",
        asked=("vocab_size",),
    ),
    Bad(
        "asked_shape",
        HEAD + "i = Input(X.shape[1:])\nmodel = Model(i, layers.Dense(3)(i))\n",
        2,
        "X.shape",
        asked=("X.shape[1:]",),
    ),
    Bad(
        "asked_several",
        HEAD + "i = Input((X.shape[1], n_features))\nh = layers.LSTM(units)(i)\n"
        "model = Model(i, layers.Dense(len(labels))(h))\n",
        2,
        "`units`",
        asked=("X.shape[1]", "n_features", "units", "len(labels)"),
    ),
    Bad(
        "asked_by_variable",
        HEAD + "vocab = len(tok.word_index) + 1\n"
        "model = Sequential([layers.Embedding(vocab, 8), layers.LSTM(units=vocab // 2)])\n",
        2,
        "`vocab`",
        asked=("vocab",),
    ),
    Bad(
        "asked_unpacked",
        HEAD + "n, t, f = data.shape\ni = Input((t, f))\nmodel = Model(i, layers.LSTM(3)(i))\n",
        2,
        "`t`, `f`",
        asked=("t", "f"),
    ),
    Bad(
        "asked_from_module",
        "import pandas as pd\n" + HEAD + "d = pd.read_csv('x.csv')\n"
        "i = Input((d.shape[1],))\nmodel = Model(i, layers.Dense(3)(i))\n",
        4,
        "d.shape",
        asked=("d.shape[1]",),
    ),
    Bad(
        "asked_condition",
        HEAD + "x = i = Input((4, 2))\nif args.deep:\n  x = layers.LSTM(3)(x)\n"
        "model = Model(i, x)\n",
        3,
        "args.deep",
        asked=("args.deep",),
    ),
    Bad(
        "asked_for_what_a_range_takes",
        "for i in range(hp.Int('layers', 1, 3)):\n    x = i\n"
        + HEAD
        + "model = Sequential([Input((3, 2))])\nfor i in range(hp.Int('layers', 1, 3)):\n"
        + "    model.add(layers.LSTM(2))\n",
        5,
        "takes `hp.Int",
        asked=("hp.Int('layers', 1, 3)",),
    ),
    Bad(
        "asked_for_the_length_of_what_a_skipped_loop_fills",
        HEAD
        + "words, ids = set(), {}\nfor line in lines:\n    words.add(line)\n"
        + "    ids[line] = 1\nmodel = Sequential([Input((3, len(words))), layers.LSTM(2)])\n"
        + "model.add(layers.Dense(len(ids)))\n",
        6,
        "takes `len",
        asked=("len(words)", "len(ids)"),
    ),
    Bad(
        "asked_loop",
        HEAD + "m = Sequential([Input((4, 2))])\nfor n in sizes:\n"
        "  m.add(layers.Dense(n))\nm.compile('adam', 'mse')\n",
        3,
        "sizes",
        asked=("sizes",),
    ),
    Bad(
        "asked_parameters",
        HEAD + "def build(units, timesteps, rate=0.1):\n"
        "  i = Input((timesteps, 3))\n  return Model(i, layers.LSTM(units, dropout=rate)(i))\n",
        2,
        "`units`",
        asked=("timesteps", "units"),
    ),
    Bad(
        "asked_input_shape",
        HEAD + "model = Sequential([layers.LSTM(3), layers.Dense(2)])\n",
        2,
        "input_shape",
        asked=("input_shape",),
    ),
    Bad(
        "asked_input_shape_flatten",
        HEAD + "model = Sequential([layers.Embedding(9, 3),\n"
        "  layers.Flatten(), layers.Dense(2)])\n",
        2,
        "input_shape",
        asked=("input_shape",),
    ),
    Bad(
        "calls_into_keras_count_for_more_than_a_step",
        HEAD
        + "def loss(a, b):\n  for i in range(300):\n    a = a + 1\n  return a - b\n"
        + TAIL
        + "model.compile('adam', loss)\n",
        4,
        "too many steps.*`steps`",
        {"steps": 10_000},
    ),
    Bad(
        "asked_in_lambda",
        HEAD + "i = Input((3, 2))\nx = layers.Lambda(lambda t: t * scale)(i)\nm = Model(i, x)\n",
        3,
        "`scale`",
        asked=("scale",),
    ),
    Bad(
        "asked_in_loss",
        HEAD
        + "def loss(a, b):\n  return ops.mean(ops.abs(a - b) * weight)\n"
        + TAIL
        + "model.compile('adam', loss)\n",
        3,
        "`weight`",
        asked=("weight",),
    ),
]
