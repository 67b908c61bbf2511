"""The directive `lab`: a static picture, and on *Run* a live figure in its place.

```{lab} training
:name: lab-training
:title: Train an autoencoder
:alt: What the picture shows, for those who do not see it.

The caption.

A legend, if wanted.
```

The name is that of a script in `_static/lab/`; the picture is `_static/lab/pictures/<name>.png`.
Without scripts, in print and in other formats, picture and caption are all there is.
"""

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

CORE = ("random", "layers", "network", "optimizers", "trainer", "worker")
PAGE = ("controls", "drawing", "lab")
DIGITS = "data/digits"
NEEDS = {  # laboratory → the scripts it needs beside its own, in order
    "draw": ("data/drawn-network", "stored", "paper"),
    "unit": (),
    "training": (),
    "bottleneck": ("principal", "pad"),
    "overcomplete": ("curves",),
    "regularized": ("sparse", "curves"),
    "score": (),
    "signal": ("curves",),
    "search": ("data/drawn-network", "stored", "paper"),
    "alarm": (),
    "variational": ("pad",),
    "codebook": ("mixture",),
    "diffusion": ("mixture",),
    "superposition": (),
}


class lab_mount(nodes.General, nodes.Element):
    """The place of a live figure; it holds the static picture."""


class Lab(SphinxDirective):
    """Put a laboratory into the page."""

    required_arguments = 1
    has_content = True
    option_spec = {  # noqa: RUF012 (docutils' way)
        "name": directives.unchanged_required,
        "title": directives.unchanged_required,
        "alt": directives.unchanged_required,
    }

    def run(self):
        """Return a figure of the mount with its image, a caption and a legend."""
        name = self.arguments[0]
        if name not in NEEDS:
            raise self.error(f"no laboratory is called {name!r}; there are {sorted(NEEDS)}.")
        if missing := [key for key in self.option_spec if key not in self.options]:
            raise self.error(f"the laboratory {name!r} needs :{missing[0]}:.")
        picture = f"/book/_static/lab/pictures/{name}.png"
        image = nodes.image(uri=picture, alt=self.options["alt"])  # a width would make it a link
        mount = lab_mount("", image, lab=name, title=self.options["title"])
        figure = nodes.figure("", mount, classes=["lab-figure"])
        self.set_source_info(figure)
        content = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, content)
        if not isinstance(next(iter(content.children), None), nodes.paragraph):
            raise self.error(f"the laboratory {name!r} needs a caption.")
        paragraph, *legend = content.children
        figure += nodes.caption(paragraph.rawsource, "", *paragraph.children)
        if legend:
            figure += nodes.legend("", *legend)
        self.add_name(figure)
        return [figure]


def scripts(names):
    """The scripts that a page with these laboratories loads, in order, each once."""
    own = [script for name in names for script in (*NEEDS[name], name)]
    return list(dict.fromkeys([*CORE, DIGITS, *PAGE, *own]))


def add_assets(app, pagename, templatename, context, doctree):
    """Load scripts and style on pages that have a laboratory, and on no other."""
    names = [mount["lab"] for mount in doctree.findall(lab_mount)] if doctree else []
    if names:
        app.add_css_file("lab/lab.css")
        for script in scripts(names):
            app.add_js_file(f"lab/{script}.js", loading_method="defer")


def open_mount(self, node):
    """Open the mount in HTML."""
    options = {"data-lab": node["lab"], "data-title": node["title"]}
    self.body.append(self.starttag(node, "div", CLASS="lab", **options))


def close_mount(self, node):
    """Close it."""
    self.body.append("</div>\n")


def leave_out(self, node):
    """In other formats the picture inside is all."""


def find_static(app):
    """Take the scripts along where the book's own static folder is not."""
    folder = Path(__file__).parents[1] / "_static"
    configured = {(Path(app.confdir) / path).resolve() for path in app.config.html_static_path}
    if folder.resolve() not in configured:
        app.config.html_static_path.append(str(folder))


def setup(app):
    """Register node, directive and events."""
    others = dict.fromkeys(("latex", "text", "man", "texinfo", "gettext"), (leave_out, leave_out))
    app.add_node(lab_mount, html=(open_mount, close_mount), **others)
    app.add_directive("lab", Lab)
    app.connect("builder-inited", find_static)
    app.connect("html-page-context", add_assets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
