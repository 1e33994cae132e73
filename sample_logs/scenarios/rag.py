"""Scenario (f): a question answered from documents that a retriever found."""

from collections.abc import Sequence
from pathlib import Path

from langchain_core.callbacks import BaseCallbackHandler, CallbackManagerForRetrieverRun, dispatch_custom_event
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough
from pydantic import Field

from lctrack import LogCallbackHandler
from sample_logs.scenarios.models import Reply, ScriptedChat

__all__ = ["reply", "run"]

HANDBOOK = [
    Document(
        "Removable media are scanned at the gate before they enter the site. A medium that has been connected to an "
        "untrusted computer is quarantined for one day and scanned again.",
        metadata={"source": "handbook/media.md", "section": "1.2"},
    ),
    Document(
        "Logs leave the site only in sealed bundles. The bundle carries a digest of every file in it, and the "
        "receiving side refuses a bundle whose digests do not agree.",
        metadata={"source": "handbook/logs.md", "section": "3.1"},
    ),
    Document(
        "Sealed bundles are kept for ninety days on the receiving side, so that an upload which failed can be "
        "repeated without another transfer.",
        metadata={"source": "handbook/logs.md", "section": "3.4"},
    ),
    Document(
        "The cafeteria opens at seven and closes at three. Visitors need a badge.",
        metadata={"source": "handbook/visitors.md", "section": "9.9"},
    ),
]

# Each question, and what the model makes of the documents.
ANSWERS = {
    "How do logs leave the site?": (
        "Logs leave the site in sealed bundles, each with a digest of every file it contains. The receiving side "
        "checks those digests and refuses a bundle that does not agree with them (handbook/logs.md, section 3.1)."
    ),
    "For how long are bundles kept?": (
        "Sealed bundles are kept for ninety days on the receiving side. That makes it possible to repeat a failed "
        "upload without carrying anything across again (handbook/logs.md, section 3.4)."
    ),
}


class KeywordRetriever(BaseRetriever):
    """Finds the documents that share the most words with the question."""

    documents: list[Document] = Field(repr=False)
    limit: int = 2

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002  # BaseRetriever passes it
        asked = _words(query)
        found = [document for document in self.documents if asked & _words(document.page_content)]
        return sorted(found, key=lambda document: -len(asked & _words(document.page_content)))[: self.limit]


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler] = ()) -> None:
    """Answer two questions from the handbook of a closed site."""
    prompt = ChatPromptTemplate.from_template(
        "Answer the question from the context only, and name your source.\n\nContext:\n{context}\n\n"
        "Question: {question}"
    )
    retriever = KeywordRetriever(documents=HANDBOOK)
    chain = (
        {"context": retriever | _as_context, "question": RunnablePassthrough()}
        | prompt
        | ScriptedChat(script=reply)
        | StrOutputParser()
    )
    with LogCallbackHandler(log_dir, project="langchain_callback_demo", name="handbook", tags=["rag"]) as handler:
        for question in ANSWERS:
            chain.invoke(question, config={"callbacks": [handler, *watchers], "run_name": "handbook"})


def _words(text: str) -> set[str]:
    return set(text.lower().replace("?", "").replace(".", "").split()) - {"the", "are", "do", "for", "how"}


def _as_context(documents: list[Document]) -> str:
    dispatch_custom_event("documents_found", {"sources": [document.metadata["source"] for document in documents]})
    return "\n\n".join(f"[{d.metadata['source']}, section {d.metadata['section']}] {d.page_content}" for d in documents)


def reply(messages: Sequence[BaseMessage]) -> Reply:
    """Answer the question at the end of the prompt."""
    return Reply(ANSWERS[messages[-1].text.split("Question: ")[1]], reasoning_tokens=25)
