"""Reading small tables row by row into frozen models, with every fault at once."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ownergraph.law.files import LawError, rows


class Fact(BaseModel):
    """One row of a small table. Frozen; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


FactT = TypeVar("FactT", bound=Fact)


def read_facts(model: type[FactT], name: str, content: list[dict[str, Any]]) -> list[FactT]:
    """The rows as models.

    Raises:
        LawError: A row is wrong; every fault at once.
    """
    faults: list[str] = []
    result: list[FactT] = []
    for number, row in enumerate(content, start=1):
        try:
            result.append(model.model_validate(row))
        except ValidationError as error:
            faults += [
                f'{name}: row {number}: {".".join(map(str, fault["loc"]))} is "{fault["input"]}": {fault["msg"]}'
                for fault in error.errors()
            ]
    if faults:
        raise LawError(faults)
    return result


def read_csv(model: type[FactT], name: str) -> list[FactT]:
    """The rows of a CSV file of this package as models; a column `class` becomes `class_`."""
    content = [{"class_" if key == "class" else key: value for key, value in row.items()} for row in rows(name)]
    return read_facts(model, name, content)
