"""Secrets in a text are masked, in whatever notation; and nothing else of it changes."""

import json
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import lctrack
import lctrack_analysis
import lctrack_uploaders
from lctrack._secret_names import is_secret_name
from lctrack._secrets import mask_text, may_hold_secret
from tests.recorder.strategies import PLAIN
from tests.recorder.support import read_file

ROOT = Path(__file__).parents[2]
MASK = "*" * 10
RANDOM = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kL9nP2rS5"
"""What the random part of a key looks like."""

SHAPES = {
    "OpenAI": f"sk-{RANDOM}",
    "OpenAI, of a project": f"sk-proj-{RANDOM}_{RANDOM}",
    "Anthropic": f"sk-ant-api03-{RANDOM}-AA",
    "Langfuse": f"sk-lf-{RANDOM[:8]}-{RANDOM[:20]}",
    "GitHub": f"ghp_{RANDOM[:36]}",
    "GitHub, of an application": f"gho_{RANDOM[:36]}",
    "GitHub, fine-grained": f"github_pat_11{RANDOM[:20]}_{RANDOM}",
    "GitLab": f"glpat-{RANDOM[:20]}",
    "Slack": f"xoxb-123456789012-123456789012-{RANDOM[:24]}",
    "Slack, of an application": f"xapp-1-A1-123-{RANDOM}",
    "AWS": "AKIAIOSFODNN7EXAMPLE",
    "AWS, for a while": "ASIAIOSFODNN7EXAMPLE",
    "Google": f"AIza{RANDOM[:35]}",
    "Google, for a while": f"ya29.{RANDOM}",
    "Hugging Face": f"hf_{RANDOM[:34]}",
    "Stripe": f"sk_live_{RANDOM[:24]}",
    "SendGrid": f"SG.{RANDOM[:22]}.{RANDOM[:43]}",
    "npm": f"npm_{RANDOM[:36]}",
    "PyPI": f"pypi-AgEIcHlwaS5vcmc{RANDOM}",
    "LangSmith": f"lsv2_pt_{RANDOM[:32]}_{RANDOM[:10]}",
    "Groq": f"gsk_{RANDOM}",
    "Pinecone": f"pcsk_{RANDOM[:6]}_{RANDOM}",
    "Replicate": f"r8_{RANDOM[:37]}",
    "Tavily": f"tvly-{RANDOM[:32]}",
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    "private key, cut": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA",
}


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("around", ["{}", "use {}", "('{}',)", '["{}"]', "x={}", "<{}>"])
def test_a_secret_is_known_by_its_form_anywhere_in_a_text(kind: str, around: str) -> None:
    assert around.format(MASK) in (masked := mask_text(around.format(SHAPES[kind]))) or "cut" in kind
    assert SHAPES[kind] not in masked


NOTATIONS = {
    "JSON": '{"api_key": "S3cret", "n": 1}',
    "JSON without spaces": '{"apiKey":"S3cret","n":1}',
    "JSON within JSON": json.dumps({"arguments": json.dumps({"api_key": "S3cret", "n": 1})}),
    "JSON thrice": json.dumps(json.dumps(json.dumps({"password": "S3cret"}))),
    "repr": "{'api_key': 'S3cret', 'n': 1}",
    "repr within JSON": json.dumps({"input": repr({"password": "S3cret"})}),
    "list": '"api_keys": ["S3cret", "S3cret"]',
    "environment": "A=1\nOPENAI_API_KEY=S3cret\nB=2",
    "word in the environment": "A=1\nDB_PASSWORD=Swordfish\nB=2",
    "query": "https://host/path?page=2&token=Swordfish&size=3",
    "command line": "run --password=Swordfish --fast",
    "argument": "connect(host='a', password='S3cret')",
    "item": 'config["client_secret"] = "S3cret"',
    "header": "Authorization: Bearer S3cret",
    "header in a command": "curl -H 'Authorization: Bearer S3cret' https://host",
    "header of another kind": "X-Api-Key: S3cret123",
    "cookie": "Cookie: session=S3cret; theme=dark\nAccept: text/html",
    "YAML": "user: x\npassword: S3cret123\nport: 1",
    "connection string": "Server=tcp:host;User=u;Password=S3cret;Encrypt=true",
    "database": "postgresql://user:S3cret@host:5432/db",
    "signed URL": "https://host/blob?se=2026&sig=S3cretS3cretS3cret%3D&sp=r",
    "basic": "Basic dXNlcjpTM2NyZXQ=",
    "prose": "The API key: S3cret123",
    "Ruby": ":client_secret => 'S3cret'",
    "number": '{"password": 12345678}',
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_secret_is_known_by_its_name_in_any_notation(notation: str) -> None:
    text = NOTATIONS[notation]
    masked = mask_text(text)
    secret = re.compile(r"S3cret(?:123)?(?:S3cret)*(?:%3D)?|Swordfish|12345678|dXNlcjpTM2NyZXQ=|session=.*dark")
    quoted = '"' + MASK + '"'
    assert secret.sub(lambda found: quoted if found[0].isdigit() else MASK, text) == masked


@given(PLAIN, st.integers(0, 3))
def test_json_stays_json_when_a_value_in_it_is_masked(data: Any, levels: int) -> None:
    text = json.dumps({"password": 'quote " and \\', "data": data})
    for _ in range(levels):
        text = json.dumps({"within": text})
    masked = mask_text(text)
    for _ in range(levels):
        masked = json.loads(masked)["within"]
    assert json.loads(masked)["password"] == MASK


UNTOUCHED = [
    "Forgot your password? Reset the password: it takes a minute.",
    "Each token costs 3 cents; tokens: 12, max_tokens=256, token_count: 7",
    "The key: be nice. A secret: nobody knows. Authorization: required.",
    "def login(user, password=None, token: str = '', secret=settings.secret):",
    "api_key=os.environ['OPENAI_API_KEY'], token=get_token(), password=password",
    "export OPENAI_API_KEY=<your key>  # or OPENAI_API_KEY=$KEY, password=${PASSWORD}",
    "openai_api_key=SecretStr('**********') Bearer tokens and Basic authentication",
    "postgresql://user:password@localhost/db and https://host:8080/path@2",
    '{"token": "They", "logprob": -0.1}, {"api_key": "", "password": null, "secret": "<hidden>"}',
    '{"prompt_tokens": 5, "token_usage": {"total_tokens": 7}, "password": {"type": "string"}}',
    "task-force-of-the-year-with-everything desk-top_of_the_world-and-more risk-averse-investment-strategies",
    "3f786850e387550fdab836ed7e6dc881de23001b b3023972-e320-4e9a-8907-fd7c662e55de",
    "passwords, tokens, cookies and credentials are explained below",
    '{"key": "value", "input_key": "question", "primary_key": "id", "next_token": "abc"}',
    "",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_a_text_that_only_speaks_of_secrets_stays(text: str) -> None:
    assert text == mask_text(text)


@pytest.mark.parametrize("pattern", ["*.md", "docs/**/*.md"])
def test_our_own_documents_hold_no_secret(pattern: str) -> None:
    assert changed(path for path in ROOT.glob(pattern) if path.name != "privacy.md") == []


@pytest.mark.parametrize("package", [lctrack, lctrack_analysis, lctrack_uploaders])
def test_our_own_sources_hold_no_secret(package: ModuleType) -> None:
    assert changed(Path(str(package.__file__)).parent.rglob("*.py")) == []


def changed(files: Iterable[Path]) -> list[Path]:
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    assert texts
    return [path for path, text in texts.items() if mask_text(text) != text]


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def test_the_sample_logs_hold_no_secret() -> None:
    texts = [
        text
        for file in ROOT.glob("sample_logs/*/*.jsonl")
        if file.parent.name != "torn"
        for line in read_file(file)
        for text in _texts(line)
    ]
    assert len(texts) > 1_000
    assert [text for text in texts if mask_text(text) != text] == []


PIECES = st.sampled_from(
    [
        *SHAPES.values(),
        *("api_key", "password", "Token", "secret", "Authorization", "sig", "COOKIE", "prompt_tokens", "key"),
        *('"', "'", "\\", '\\"', "\\\\", ":", "=", " ", "\n", ",", "&", "?", "{", "}", "[", "]", "Bearer ", "Basic "),
        *("://u:", "@", "S3cret1", "sk-", "-----BEGIN", "eyJ", "=>", ":=", "**********", "$", "<x>", "12", "ü"),
    ]
)
ASSEMBLED = st.lists(PIECES, max_size=14).map("".join)


@given(ASSEMBLED | st.text())
@example("\\'password\\\": \\'x\\'")
def test_the_quick_look_misses_nothing(text: str) -> None:
    assert may_hold_secret(text) or mask_text(text) == text


@given(ASSEMBLED)
def test_what_is_masked_stays_as_it_is(text: str) -> None:
    once = mask_text(text)
    assert once == mask_text(once)


@given(st.text(st.characters(exclude_characters=":=-_@JzKSB2")))
def test_a_text_without_secrets_stays(text: str) -> None:
    assert text == mask_text(text)


SECRET_NAMES = """
    api_key apikey api-key APIKey apiKey OPENAI_API_KEY password PASSWD dbPassword secret client_secret clientSecret
    access_token accessToken refresh_token auth_token id_token token Authorization Proxy-Authorization credential
    credentials private_key privateKey cookie set-cookie Set-Cookie connection_string connectionString conn_str
    AWS_SECRET_ACCESS_KEY aws_session_token x-api-key X-Auth-Token password_1 api_key_value AccountKey
    SharedAccessKey access_tokens jwt github_token HF_TOKEN user[password] pwd passphrase
""".split()  # noqa: SIM905  # easier to read than so many quoted words
OTHER_NAMES = """
    max_tokens token_usage prompt_tokens completion_tokens total_tokens tokens tokenizer tool_call_id llm_new_token key
    primary_key input_key output_key memory_key cache_key public_key eos_token next_token next_page_token
    first_token_ts input_tokens password_policy secret_name cookie_policy authorization_url token_type token_count
    time_per_output_token cost_per_token keyboard monkey keys string
""".split()  # noqa: SIM905  # easier to read than so many quoted words


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_of_a_secret_is_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_other_names_are_not_taken_for_those_of_secrets(name: str) -> None:
    assert not is_secret_name(name)


HOSTILE: dict[str, Callable[[int], str]] = {
    "one letter": lambda size: "a" * size,
    "beginnings of keys": lambda size: "sk-" * (size // 3),
    "beginnings of keys, apart": lambda size: "sk-a " * (size // 5),
    "open JSON": lambda size: '{"api_key":' * (size // 11),
    "open strings": lambda size: '"api_key":"' * (size // 11),
    "backslashes": lambda size: '"password":"' + "\\" * size,
    "names and backslashes": lambda size: "password=\\" * (size // 10),
    "colons": lambda size: ":" * size,
    "names and colons": lambda size: "token:" * (size // 6),
    "names and lists": lambda size: 'secrets:["",' * (size // 12),
    "web tokens": lambda size: "eyJaaaaaaaaa." * (size // 13),
    "one long web token": lambda size: "eyJ" * (size // 3),
    "private keys": lambda size: "-----BEGIN PRIVATE KEY-----" * (size // 27),
    "URLs": lambda size: "://a:" * (size // 5),
    "base64": lambda size: "AKIA " + "aB3" * (size // 3),
    "short base64": lambda size: "AKIA" + "aB3/" * 9 + "=" * size,
    "cookies": lambda size: "cookie: " * (size // 8),
    "signatures": lambda size: "sig=a" * (size // 5),
    "schemes": lambda size: "Bearer " * (size // 7),
    "underscores": lambda size: "gh_sk_hf_" * (size // 10),
    "spaces": lambda size: "api_key" + " " * size + ":x",
    "brackets": lambda size: "password=" + "<" * size,
}


def seconds(text: str) -> float:
    """Give the processor time of masking a text, the best of three."""
    times = []
    for _ in range(3):
        began = time.process_time()
        mask_text(text)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_is_in_proportion_to_the_length(kind: str) -> None:
    short, long = map(HOSTILE[kind], (20_000, 320_000))
    assert seconds(long) < 64 * max(seconds(short), 0.001)  # 16 times as long; quadratic would be 256
