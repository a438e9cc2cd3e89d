"""The JSON shape of a model, with the docstrings of its fields as descriptions.

pydantic can do that itself, by reading the source of every model when it is imported; here it is read only when a
schema or a page is made.
"""

import ast
import inspect
import textwrap
from functools import cache
from typing import Any

from ownergraph.model.base import Row


@cache
def field_docs(model: type[Row]) -> dict[str, str]:
    """What the string below each field says, of the model and of those it derives from. O(length of the source).

    Example:
        >>> from ownergraph.model import HeldBy
        >>> field_docs(HeldBy)["provider_sole_control"]
        'The provider alone controls it.'
    """
    found: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if not (isinstance(parent, type) and issubclass(parent, Row)):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(parent))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, below in zip(body.body, body.body[1:], strict=False):
            match field, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = inspect.cleandoc(text)
    return found


def json_shape(model: type[Row]) -> dict[str, Any]:
    """The JSON schema that pydantic makes of a model, with descriptions of its fields."""
    shape = model.model_json_schema(by_alias=True)
    for name, info in model.model_fields.items():
        if text := field_docs(model).get(name):
            shape["properties"][info.alias or name].setdefault("description", text)
    return shape
