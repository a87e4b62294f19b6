"""A batch is fitted to a model that nobody here has made: encoded, filled up, or refused in words.

`fitting` is the way in. Tokens (`tokens`) can be encoded as the model takes them (`inputs`) and
turned into targets that its loss takes (`targets`); arrays are taken as they are (`arrays`).
"""
