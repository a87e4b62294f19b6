"""Building a model from pasted code without executing it: the syntax tree is walked.

The way of a text: `cleaning` (prompts, magics, indentation) -> `parsing` (syntax tree, limits) ->
`screening` (what is refused wherever it stands) -> `statements` and `expressions`, which evaluate
a whitelisted subset -> `code_model`. Nothing that is not in one of the tables `names_*` is called.
"""
