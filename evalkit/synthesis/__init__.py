"""Effect sizes and pooling: from rows or aggregates to one estimate, from estimates to a whole.

``contrast`` holds the rule that turns one measure of one project into an estimate, ``pooling``
brings estimates together; the other modules are the formulas they use, each with its source.
"""
