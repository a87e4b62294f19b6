"""What the pages of layers and of learning say, and what stands beside what can be saved."""

SHARING_HELP = "Nothing is sent anywhere: files are saved by your browser."
REPORT_HELP = (
    "One HTML file with everything on this page. It needs no server and no network, and "
    "`inspector.load_result` reads the result back from it."
)
PLAIN_SCRIPT = (
    "**Plain Keras and NumPy.** The masks, the losses, what each timestep weighs, and the averages "
    "of this page, without this tool. The leak tests are in the script below."
)
PLAIN_SCRIPT_INEXACT = (
    "**Plain Keras and NumPy.** The masks, the losses, what each timestep weighs, and the "
    "averages, without this tool. Your code draws initial weights of its own, so that losses "
    "differ from those of this page; masks do not. The leak tests are in the script below."
)
OUR_SCRIPT = (
    "**With this package** (`pip install .` in a copy of the project): the same inspection, leak "
    "tests and findings too."
)
CODE_DATA_HELP = "The batch is too large to be written down. Both scripts read it from this file."
ATLAS = """
Every layer of Keras that takes a sequence was run on sentences with padding. This page says what
became of the mask, whether Keras warned, and whether padding changed results at real timesteps.
Nothing here is taken from the documentation.
"""
ATLAS_VERSION_HELP = "Layers learn to hand masks on: the answer depends on the version of Keras."
ATLAS_FILTER_HELP = "Which lines of the map are shown, and can be chosen beside."
ATLAS_LAYER_HELP = "Type to find a layer. Some stand here more than once, for different settings."
ATLAS_EXAMPLE = "It needs Keras and NumPy only. Copy it, run it, and it prints what stands above."
