"""Show a Keras class on its API page with the arguments of its own `__init__`.

Keras gives its classes a `__new__(*args, **kwargs)`, which Sphinx would print instead.
"""

from sphinx.util import inspect


def show_init(app, what, name, obj, options, signature, return_annotation):
    """Replace the signature of Keras' `__new__`."""
    if what != "class" or signature != "(*args, **kwargs)":
        return None
    init = inspect.signature(obj.__init__, bound_method=True)
    short = inspect.stringify_signature(
        init, show_return_annotation=False, unqualified_typehints=True
    )
    return short, return_annotation


def setup(app):
    """Listen to autodoc."""
    app.connect("autodoc-process-signature", show_init)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
