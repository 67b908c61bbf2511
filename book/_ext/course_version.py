"""The version of the package that the book was built from, for Sphinx and every page's footer."""

import ae_course


def name_version(app, config):
    """Put the version where the configuration says VERSION."""
    config.version = config.release = ae_course.__version__
    options = config.html_theme_options
    options["extra_footer"] = options["extra_footer"].replace("VERSION", ae_course.__version__)


def setup(app):
    """Have the version named once the configuration is read."""
    app.connect("config-inited", name_version)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
