"""Wrong arguments, names and values."""

from tests.engine.code.case import HEAD, TAIL, Bad, wrong_layer, wrong_line

ARGUMENTS = [
    wrong_layer(
        "return_sequence",
        "layers.LSTM(4, return_sequence=True)",
        "`LSTM` has no argument `return_sequence`. Did you mean `return_sequences`?",
    ),
    wrong_layer("unit", "layers.GRU(unit=4)", "no argument `unit`. Did you mean `units`?"),
    wrong_layer("mask_values", "layers.Masking(mask_values=0)", "Did you mean `mask_value`?"),
    wrong_layer("nonsense", "layers.Dense(4, colour='red')", "no argument `colour`"),
    wrong_layer("no_units", "layers.LSTM()", "`LSTM` needs the argument `units`"),
    wrong_layer("no_layer_in_wrapper", "layers.Bidirectional()", "needs the argument `layer`"),
    wrong_layer("too_many", "layers.RepeatVector(1, 2, 3)", "more than it takes"),
    wrong_layer("twice", "layers.Dense(3, units=4)", "gets `units` twice"),
    wrong_layer("float_units", "layers.Dense(64 / 2)", "32.0.*whole number.*//"),
    wrong_layer("text_units", "layers.LSTM('10')", "`units` of `LSTM` is '10'"),
    wrong_layer("negative_units", "layers.Dense(-3)", "positive"),
    wrong_layer(
        "activation_name", "layers.Dense(3, activation='sofmax')", "Did you mean 'softmax'?"
    ),
    wrong_layer(
        "initializer_name", "layers.Dense(3, kernel_initializer='glorot')", "does not know"
    ),
    wrong_layer("misspelt_layer", "layers.Desne(3)", "Did you mean `Dense`?"),
    wrong_layer("misspelt_lowercase", "layers.dense(3)", "Did you mean `Dense`?"),
    wrong_layer("not_called", "layers.LSTM", "Call the class"),
    wrong_layer("a_number", "3", "A int is added"),
    wrong_layer("unknown_layer", "CRF(5)", r"`CRF\(5\)` has no value here"),
    wrong_layer("misspelt_bare", "Desne(3)", "Did you mean `Dense`?"),
    wrong_layer("wrapped_function", "layers.TimeDistributed(lambda x: x)", "refuses|expected"),
    Bad(
        "foreign_layer",
        "from keras_contrib.layers import CRF\n" + HEAD + TAIL + "model.add(CRF(3))\n",
        4,
        "`keras_contrib.layers`, which is not read",
    ),
    Bad(
        "foreign_tensor_function",
        "from mine import attend\n" + HEAD + "i = Input((3,))\n"
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
        HEAD + "inputs = Input((3, 2))\nx = layers.LSTM(3)(input)\n",
        3,
        "`input` has no value here",
    ),
    Bad(
        "undefined_tensor",
        HEAD + "x = layers.LSTM(3)(hidden)\nmodel = Model(x, x)\n",
        2,
        "`hidden` has no value here",
    ),
    Bad(
        "undefined_output",
        HEAD + "i = Input((3,))\nmodel = Model(i, out)\n",
        3,
        "`out` has no value here",
    ),
    Bad("model_without_outputs", HEAD + "i = Input((3,))\nmodel = Model(i)\n", 3, "no outputs"),
    Bad("model_without_inputs", HEAD + "model = Model()\n", 2, "no inputs"),
    Bad(
        "model_argument",
        HEAD + "i = Input((3,))\nmodel = Model(inputs=i, output=i, x=3)\n",
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
        HEAD + "i, j = Input((3,)), Input((3,))\nx = layers.Dense(2)(i)\nmodel = Model(j, x)\n",
        4,
        "does not depend on its inputs",
    ),
    Bad(
        "rank",
        HEAD + "i = Input((3,))\nx = layers.LSTM(2)(i)\n",
        3,
        r"receives shape \(None, 3\).*3 axes.*\(timesteps, features\)",
    ),
    Bad(
        "rank_in_a_stack",
        HEAD + "model = Sequential([\n  Input((5, 3)),\n  layers.LSTM(4),\n  layers.LSTM(4),\n])\n",
        5,
        "lack `return_sequences=True`",
    ),
    Bad(
        "rank_in_added_layers",
        HEAD + "m = Sequential()\nm.add(layers.LSTM(4, input_shape=(5, 3)))"
        "\nm.add(layers.Dropout(0.1))\nm.add(layers.LSTM(4))\nm.compile('adam', 'mse')\n",
        5,
        "lack `return_sequences=True`",
    ),
    Bad(
        "merge_shapes",
        HEAD + "a, b = Input((3,)), Input((4,))\nx = layers.Add()([a, b])\n",
        3,
        "Keras refuses",
    ),
    Bad(
        "reshape_size",
        HEAD + "i = Input((4, 3))\nx = layers.Reshape((5, 2))(i)\n",
        3,
        "Keras refuses",
    ),
    Bad(
        "unpack_states",
        HEAD + "i = Input((4, 3))\nx, h = layers.GRU(2)(i)\n",
        3,
        "lack `return_state=True`",
    ),
    Bad("unpack_count", HEAD + "a, b = 1, 2, 3\n", 2, "3 values are unpacked into 2 names"),
    Bad(
        "two_names",
        HEAD + "m = Sequential([Input((3,)), layers.Dense(2, name='a'),\n"
        "  layers.Dense(2, name='a')])\nm.compile()\n",
        3,
        "Two layers are named `a`",
    ),
    Bad("layer_without_tensor", HEAD + "x = layers.Dense(2)()\n", 2, "called without a tensor"),
    Bad("input_of_data", HEAD + "x = Input(tensor=3)\n", 2, "wraps data"),
    Bad("time_major", HEAD + "x = layers.LSTM(2, time_major=True)\n", 2, "timesteps before rows"),
    Bad("get_layer", HEAD + TAIL + "x = model.get_layer('encodr')\n", 3, "no layer named"),
    Bad("set_attribute", HEAD + TAIL + "model.layers[0].units = 3\n", 3, "only `trainable`"),
    Bad(
        "loss_name",
        HEAD + TAIL + "model.compile(loss='categorical_crosentropy')\n",
        3,
        "no loss named.*Did you mean 'categorical_crossentropy'",
    ),
    Bad(
        "optimizer_name",
        HEAD + TAIL + "model.compile('adan', 'mse')\n",
        3,
        "no optimizer named 'adan'. Did you mean 'Adam'",
    ),
    Bad(
        "metric_name",
        HEAD + TAIL + "model.compile('adam', 'mse',\n  metrics=['acuracy'])\n",
        4,
        "no metric named 'acuracy'",
    ),
    Bad(
        "compile_argument",
        HEAD + TAIL + "model.compile(losses='mse')\n",
        3,
        "no argument `losses`. Did you mean `loss`?",
    ),
    Bad(
        "undefined_loss",
        HEAD + TAIL + "model.compile('adam', loss=crf.loss)\n",
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
    wrong_line("division", "x = 1 / 0", "divides by zero"),
    wrong_line("index", "x = [1, 2][5]", "beyond the end"),
    wrong_line("key", "x = {'a': 1}['b']", "no key 'b'"),
    wrong_line("types", "x = 'a' + 1", "fails"),
    wrong_line("no_such_keyword", "f = lambda a: a; x = f(b=Input((2,)))", "cannot be called"),
    wrong_line("equal_on_tensor", "x = Input((3,)) == 0", "keras.ops.equal"),
    wrong_line("tensor_decides", "x = 1 if Input((3,)) > 0 else 2", "A tensor decides here"),
    wrong_line("tensor_assigned", "x = Input((3,)); x[0] = 1", "tensors cannot be changed"),
    wrong_line("numpy_on_tensor", "import numpy as np; x = np.sum(Input((3,)))", "keras.ops.sum"),
    wrong_line("layer_times_two", "x = layers.Dense(3) * 2", "computes with a layer"),
    wrong_line("module_called", "x = layers(3)", "is a module and cannot be called"),
    wrong_line("number_called", "n = 3; x = n(2)", "cannot be called"),
    wrong_line("tensor_called", "i = Input((3,)); x = i(2)", "is a tensor and cannot be called"),
    wrong_line("tensor_attribute", "i = Input((3,)); x = i.numpy()", "`.numpy` of a KerasTensor"),
    wrong_line("layer_attribute", "x = layers.Dense(3).unit", "Did you mean `.units`?"),
    wrong_line("loop_over_number", "for i in 3: pass", "A loop goes through a int"),
    wrong_line("loop_over_tensor", "for i in Input((3,)): pass", "A loop goes through a tensor"),
    wrong_line("raises", "if not False: raise ValueError('no')", "The code raises"),
    wrong_line("unbound_augmented", "total += 1", "has no value yet"),
    wrong_line("match", "match 3:\n  case 3: pass", "is not read"),
    wrong_line("complex", "x = 3j", "Complex numbers"),
    wrong_line("ops_keyword", "x = ops.sum(Input((3,)), axs=1)", "Did you mean `axis`?"),
    Bad(
        "misspelt_function_in_loss",
        HEAD + "def f(a, b):\n  return ops.meen(a - b)\n" + TAIL + "model.compile('adam', f)\n",
        3,
        "Did you mean `mean`?",
    ),
    Bad(
        "tensor_decides_in_loss",
        HEAD
        + "def f(a, b):\n  if ops.sum(a) > 0: return ops.mean(a)\n  return ops.mean(b)\n"
        + TAIL
        + "model.compile('adam', [f])\n",
        3,
        "A tensor decides here",
    ),
]
