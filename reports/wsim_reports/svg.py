"""A small writer of inline SVG: escaped, with colours left to the style sheet.

Figures carry CSS classes and no colours of their own, so that one figure serves light, dark and print.
"""

from markupsafe import Markup, escape


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """One element; `class_` is written `class`, other underscores become hyphens, None is left out.

    Children are text (escaped) or elements made by this function (kept).
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _plain(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup("<{}{}>{}</{}>").format(Markup(name), written, inner, Markup(name))


def drawing(*children: object, title: str, linked: bool = False, **attributes: object) -> Markup:
    """A whole picture; screen readers hear its title. `linked`: links in it can be reached one by one."""
    role = "group" if linked else "img"  # what lies in an image is not read out
    return tag("svg", tag("title", title), *children, role=role, aria_label=title, **attributes)


def percent(share: float) -> str:
    """A length as a share of the picture, so that text keeps its size on narrow screens."""
    return f"{100 * share:.2f}%"


def _plain(value: object) -> object:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
