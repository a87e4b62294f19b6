"""The only modules that import a backend, `keras.src`, or read private attributes of Keras."""
