"""The layer atlas: every layer of the installed Keras, run on a masked sequence."""
