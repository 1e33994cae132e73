"""The program that makes an MLflow model from a recorded source file: `python -m … DIRECTORY`.

It runs that file, which is why it is a process of its own: without the tracker's credentials, and with an end. The
model itself is never called. In the directory are `recipe.json` and, afterwards, the folder `model` or `error.txt`
with a reason in one line.
"""

import ast
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

RECIPE, MODEL, ERROR = "recipe.json", "model", "error.txt"
_NEEDED = ("mlflow", "langchain")
"""Packages that loading such a model takes, whatever it imports."""
_CHOICE = """

# Added when this was made into a model, because MLflow wants to be told which object it is: the last runnable above.
from langchain_core.runnables import Runnable as _Runnable
from mlflow.models import set_model as _set_model

_found = [value for value in globals().values() if isinstance(value, _Runnable)]
if not _found:
    raise ValueError("no runnable at the top of the file, and no mlflow.models.set_model that names one")
_set_model(_found[-1])
"""


def build(directory: Path) -> None:
    """Make the model.

    Args:
        directory: Where the recipe is and the model goes.
    """
    recipe = json.loads((directory / RECIPE).read_text(encoding="utf-8"))
    tree = ast.parse(recipe["source"])
    code = directory / recipe["file"]
    code.write_text(recipe["source"] + ("" if _chooses(tree) else _CHOICE), encoding="utf-8")

    import mlflow  # noqa: PLC0415  # what is wrong with it is a reason like any other
    from mlflow import langchain  # noqa: PLC0415  # likewise

    chosen: list[Any] = []
    set_model = mlflow.models.set_model

    def noting(model: Any) -> None:
        chosen.append(model)
        set_model(model)

    mlflow.models.set_model = noting
    given = {"lc_model": str(code), "pip_requirements": list(_requirements(tree))}
    examples = recipe["examples"]
    langchain.save_model(path=str(directory / MODEL), **given, **_described(examples[:1]))
    # Only now is it known what the recorded calls would be called.
    fitting = [example for example in examples if chosen and example["name"] == _name(chosen[-1])]
    if fitting and fitting[0] != examples[0]:
        (directory / MODEL).rename(directory / "first")
        langchain.save_model(path=str(directory / MODEL), **given, **_described(fitting))


def _described(examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the input example and the signature of a call."""
    if not examples:
        return {}
    from mlflow.models import ModelSignature, infer_signature  # noqa: PLC0415  # see above

    inputs, outputs = examples[0]["inputs"], examples[0]["outputs"]
    signature: ModelSignature | None
    try:
        signature = infer_signature(inputs, outputs)
    except Exception:  # noqa: BLE001  # not every answer has a schema in MLflow: an empty object has none
        try:
            signature = infer_signature(inputs)
        except Exception:  # noqa: BLE001  # likewise
            # With an example alone, MLflow would call the model to find out.
            return {}
    return {"input_example": inputs, "signature": signature}


def _chooses(tree: ast.Module) -> bool:
    """Tell whether a source says itself which object is the model."""
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any("set_model" in (getattr(function, "id", ""), getattr(function, "attr", "")) for function in called)


def _requirements(tree: ast.Module) -> Iterator[str]:
    """Give the packages that a source imports, as they are here."""
    found = packages_distributions()
    names = {name.partition(".")[0] for name in _imported(tree)}
    packages = {package for name in names for package in found.get(name, ())} | set(_NEEDED)
    for package in sorted(packages, key=str.lower):
        yield f"{package}=={version(package)}"


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _name(model: Any) -> str | None:
    try:
        return str(model.get_name())
    except Exception:  # noqa: BLE001  # code of the application
        return None


def _reason(error: BaseException) -> str:
    """Say what went wrong first: MLflow repeats it in a sentence of its own."""
    first = error.__cause__ or error
    text = " ".join(f"{type(first).__name__}: {first}".split())
    return text if len(text) <= 300 else text[:299] + "…"  # noqa: PLR2004  # a line to read


if __name__ == "__main__":
    place = Path(sys.argv[1])
    try:
        build(place)
    except (Exception, SystemExit) as failure:  # noqa: BLE001  # of the recorded source, whatever it is
        (place / ERROR).write_text(_reason(failure), encoding="utf-8")
        sys.exit(1)
