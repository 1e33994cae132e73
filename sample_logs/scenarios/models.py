"""Language models that follow a script, and report about it what a provider's client would.

What a scripted model replies depends on its prompt alone. It keeps no counter and shares no state, so it can be asked
from many threads at once, and an answer that a recording pairs with the wrong prompt can be told from its text.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.llms import BaseLLM
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult, Generation, LLMResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

__all__ = ["Reply", "ScriptedChat", "ScriptedLLM", "count_tokens"]

WORD_SECONDS = 0.0005
"""Time between two words of a streamed reply."""


class Reply(NamedTuple):
    """What a model replies to one prompt."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning_tokens: int = 0
    seconds: float = 0.002
    """Time until the first word."""
    error: Exception | None = None
    """What the provider raises instead of the rest of the text."""
    words_before_error: int = 0
    """How much of the text a stream still brings before `error`."""


class ScriptedLLM(BaseLLM):
    """A completion model: text in, text out."""

    script: Callable[[str], Reply] = Field(exclude=True, repr=False)
    model_name: str = "scripted-instruct-1"
    temperature: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "temperature": self.temperature}

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,  # noqa: ARG002  # the script never runs past a stop word
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002  # LangChain passes it to every model
        **kwargs: Any,  # noqa: ARG002  # likewise
    ) -> LLMResult:
        texts = [_answer(self.script(prompt)).text for prompt in prompts]
        usage = {
            "prompt_tokens": sum(map(count_tokens, prompts)),
            "completion_tokens": sum(map(count_tokens, texts)),
        }
        return LLMResult(
            generations=[[Generation(text=text, generation_info={"finish_reason": "stop"})] for text in texts],
            llm_output={
                "token_usage": {**usage, "total_tokens": sum(usage.values())},
                "model_name": self.model_name,
            },
        )


class ScriptedChat(BaseChatModel):
    """A chat model: messages in, a message out, perhaps with tool calls, at once or word by word."""

    script: Callable[[Sequence[BaseMessage]], Reply] = Field(exclude=True, repr=False)
    model_name: str = "scripted-chat-1"
    temperature: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "scripted-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "temperature": self.temperature}

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Send the description of these tools with every prompt."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  # the script never runs past a stop word
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002  # LangChain passes it to every model
        **kwargs: Any,  # noqa: ARG002  # likewise
    ) -> ChatResult:
        reply = _answer(self.script(messages))
        usage = _usage(messages, reply)
        message = AIMessage(content=reply.text, tool_calls=list(reply.tool_calls), usage_metadata=usage)
        return ChatResult(
            generations=[ChatGeneration(message=message, generation_info={"finish_reason": _finish_reason(reply)})],
            llm_output={
                "token_usage": {
                    "prompt_tokens": usage["input_tokens"],
                    "completion_tokens": usage["output_tokens"],
                    "total_tokens": usage["total_tokens"],
                },
                "model_name": self.model_name,
            },
        )

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  # the script never runs past a stop word
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002  # BaseChatModel reports the chunks
        **kwargs: Any,  # noqa: ARG002  # LangChain passes it to every model
    ) -> Iterator[ChatGenerationChunk]:
        reply = self.script(messages)
        time.sleep(reply.seconds)
        words = re.findall(r"\S+\s*", reply.text)
        for word in words[: reply.words_before_error] if reply.error else words:
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
            time.sleep(WORD_SECONDS)
        if reply.error:
            raise reply.error
        for index, call in enumerate(reply.tool_calls):
            chunk = tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=index)
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[chunk]))
        # Providers that are asked for the usage send it after the text, in a chunk of its own.
        yield ChatGenerationChunk(
            message=AIMessageChunk(content="", usage_metadata=_usage(messages, reply), chunk_position="last"),
            generation_info={"finish_reason": _finish_reason(reply), "model_name": self.model_name},
        )


def count_tokens(text: str) -> int:
    """Count words and punctuation marks, which is close to what a provider would charge for."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def _answer(reply: Reply) -> Reply:
    """Wait as long as this reply takes, then give it or raise its error."""
    time.sleep(reply.seconds)
    if reply.error:
        raise reply.error
    return reply


def _finish_reason(reply: Reply) -> str:
    return "tool_calls" if reply.tool_calls else "stop"


def _usage(messages: Sequence[BaseMessage], reply: Reply) -> UsageMetadata:
    """Count the tokens of a call; what an earlier call already sent counts as read from the provider's cache."""
    sizes = [_size(message) for message in messages]
    answered = [position for position, message in enumerate(messages) if isinstance(message, AIMessage)]
    calls = "".join(call["name"] + json.dumps(call["args"]) for call in reply.tool_calls)
    output_tokens = reply.reasoning_tokens + count_tokens(reply.text + calls)
    return UsageMetadata(
        input_tokens=sum(sizes),
        output_tokens=output_tokens,
        total_tokens=sum(sizes) + output_tokens,
        input_token_details=InputTokenDetails(cache_read=sum(sizes[: answered[-1]]) if answered else 0),
        output_token_details=OutputTokenDetails(reasoning=reply.reasoning_tokens),
    )


def _size(message: BaseMessage) -> int:
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    return count_tokens(message.text + "".join(call["name"] + json.dumps(call["args"]) for call in calls))
