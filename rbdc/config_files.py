"""Reading of YAML configuration into typed models, with errors that name the file and the line."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from rbdc.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

Place = tuple[int | str, ...]


class ProblemsError(ValueError):
    """Several problems that a model finds in its own content, each with the place of its line."""

    def __init__(self, problems: Sequence[tuple[Place, str]]) -> None:
        """Take places, written as pydantic's `loc` (`("hypotheses", 0, "policy")`), and texts."""
        super().__init__("; ".join(message for _, message in problems))
        self.problems = tuple(problems)


# libyaml reads the same ten times faster; a wheel of PyYAML has it, a build from source may not.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_SafeLoader):  # type: ignore[valid-type,misc]
    """A safe loader that refuses a key written twice, which YAML would silently overwrite."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key_node.value}' stands twice", key_node.start_mark
                )
            seen.add(key_node.value)
        mapping: dict[Hashable, object] = super().construct_mapping(node, deep)
        return mapping


def load_config(path: Path, model: type[Model], context: object = None) -> Model:
    """Read a YAML file into a pydantic model.

    Args:
        path: the YAML file.
        model: the model that the whole file must fit.
        context: what the model's validators must know besides the file, such as names that
            another file declares; they find it as pydantic's `info.context`.

    Raises:
        ConfigError: the file is absent, is not YAML, or does not fit the model; every problem is
            named with its line.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{name} does not exist; every service needs one.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name} is not UTF-8 text; save it as UTF-8.") from None
    loader = _UniqueKeyLoader(text)
    try:  # once into nodes, which know their lines, and from these into values
        tree = loader.get_single_node()
        content = loader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name} line {line}: {error.problem or 'not valid YAML'}.") from None
    try:
        return model.model_validate(content, context=context)
    except ValidationError as error:
        problems = [
            f"{name} line {_line_of(tree, place)}: {_place(place)}{message}"
            for place, message in _problems(error)
        ]
        raise ConfigError("\n".join(problems)) from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file that is not (or not yet) to fit a model.

    Raises:
        OSError, ValueError, yaml.YAMLError: it cannot be read, is not UTF-8 or is not YAML.
    """
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)


def _problems(error: ValidationError) -> list[tuple[Place, str]]:
    found: list[tuple[Place, str]] = []
    for problem in error.errors():
        cause = problem.get("ctx", {}).get("error")
        if isinstance(cause, ProblemsError):
            found += [(problem["loc"] + place, message) for place, message in cause.problems]
        else:
            found.append((problem["loc"], problem["msg"].removeprefix("Value error, ")))
    return found


def _place(location: Sequence[int | str]) -> str:
    path = ".".join(str(part) for part in location)
    return f"{path}: " if path else ""


def _line_of(node: yaml.Node | None, location: Sequence[int | str]) -> int:
    """Line (from 1) of the deepest part of `location` that exists in the composed document."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                continue  # pydantic names union branches in `loc`; the file does not hold them
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value)
        ):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
