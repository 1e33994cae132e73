"""The callback handlers that lctrack's recorder is compared with, each made so that it reaches no network.

W&B and ClearML run in their offline modes, MLflow's tracer writes into a sqlite file, and LangChain's tracer is given
an HTTP session that answers by itself. The handlers of W&B and ClearML ask for spaCy's English model even where they do
not use it: an empty pipeline stands in for it.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler, FileCallbackHandler
from langchain_core.tracers import LangChainTracer

__all__ = ["PEERS", "Nothing"]


class Nothing(BaseCallbackHandler):
    """The floor: LangChain's own cost of calling a handler."""


def _file(directory: Path) -> Any:
    return FileCallbackHandler(str(directory / "file_callback.log"))


def _langchain_tracer(_: Path) -> Any:
    import requests  # noqa: PLC0415  # each peer imports what it needs, and may be missing
    from langsmith import Client  # noqa: PLC0415  # likewise

    class Accepting(requests.adapters.BaseAdapter):
        """Answers every request with 202, without a network."""

        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            response = requests.Response()
            response.status_code, response.request, response.url = 202, request, str(request.url)
            response._content = b"{}"  # noqa: SLF001  # the way to make a response by hand
            return response

        def close(self) -> None:
            """Nothing is open."""

    session = requests.Session()
    session.mount("http://", Accepting())
    client = Client(api_url="http://127.0.0.1:9", api_key="none", session=session, info={})
    return LangChainTracer(client=client)


def _mlflow_tracer(directory: Path) -> Any:
    import mlflow  # noqa: PLC0415  # see above
    from mlflow.langchain.langchain_tracer import MlflowLangchainTracer  # noqa: PLC0415  # see above

    mlflow.set_tracking_uri(f"sqlite:///{directory / 'mlflow.db'}")
    return MlflowLangchainTracer()


def _without_model() -> None:
    import spacy  # noqa: PLC0415  # see above

    setattr(spacy, "load", lambda *_, **__: spacy.blank("en"))  # noqa: B010  # not an assignment that types could allow


def _wandb(directory: Path) -> Any:
    os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DIR": str(directory)}
    _without_model()
    from langchain_community.callbacks.wandb_callback import WandbCallbackHandler  # noqa: PLC0415  # see above

    return WandbCallbackHandler(project="benchmark")


def _clearml(directory: Path) -> Any:
    os.environ |= {"CLEARML_LOG_LEVEL": "CRITICAL", "CLEARML_CACHE_DIR": str(directory)}
    _without_model()
    import clearml  # noqa: PLC0415  # see above
    from langchain_community.callbacks.clearml_callback import ClearMLCallbackHandler  # noqa: PLC0415  # see above

    clearml.Task.set_offline(offline_mode=True)
    return ClearMLCallbackHandler(project_name="benchmark", task_name="benchmark")


PEERS: dict[str, Callable[[Path], Any]] = {
    "FileCallbackHandler": _file,
    "W&B, offline": _wandb,
    "ClearML, offline": _clearml,
    "LangChainTracer": _langchain_tracer,
    "MLflow's tracer": _mlflow_tracer,
}
"""How each peer is made, given a directory for its files."""
