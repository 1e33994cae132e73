"""Names that say that what they name is a secret: `api_key`, `dbPassword`, `X-Auth-Token`, `AWS_SECRET_ACCESS_KEY`.

The last words decide, so `password_policy` and `token_usage` name none. A word such as `key` or `token` alone is too
common: what stands before it decides.
"""

import functools
import re

__all__ = ["LONGEST_NAME", "is_numeric_secret", "is_secret_name"]

LONGEST_NAME = 64
"""Longest text that is taken for a name, in characters."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_FILLERS = frozenset({"b64", "base64", "header", "plain", "plaintext", "raw", "text", "value"})
_SECRETS = frozenset(
    """
    accesskey accesstoken accountkey apikey apikeys apitoken authkey authorization authtoken bearer bearertoken
    clientsecret connectionstring cookie cookies credential credentials creds idtoken jwt passcode passphrase passwd
    password passwords privatekey pwd refreshtoken secret secretkey secrets sessiontoken
    """.split()  # noqa: SIM905  # easier to read than 30 quoted words
)
_SECRET_ENDS = ("accesskey", "accesstoken", "apikey", "authtoken", "passwd", "password", "privatekey", "secretkey")
_KEY_OF = frozenset(
    """
    access account admin anthropic api app application auth azure client cohere consumer decryption deploy encryption
    google groq hmac integration ingest jwt license master mistral openai personal private secret service session
    shared signing ssh storage subscription webhook
    """.split()  # noqa: SIM905  # easier to read than 30 quoted words
)
_TOKEN_COUNTED = frozenset(
    """
    bos by class cls continuation cost decode each end eos est first image input last mask max min new next num of one
    output pad page per prompt reasoning sep single special start stop thinking unk
    """.split()  # noqa: SIM905  # easier to read than 30 quoted words
)
_TOKENS_OF = frozenset({"access", "api", "auth", "bearer", "id", "refresh", "secret", "session"})
_NUMERIC = frozenset({"passcode", "passwd", "password", "passwords", "pwd", "secret", "secrets"})
# What a secret's name may end in: a test that costs a fraction of the splitting into words.
_ENDS = (
    *("key", "keys", "token", "tokens", "creds", "bearer", "cookie", "cookies", "jwt", "authorization"),
    *("credential", "credentials", "secret", "secrets", "pwd", "passwd", "passwords", "password", "passphrase"),
    *("passcode", "apikeys", "string", "str", *_FILLERS),
)


def is_secret_name(name: str) -> bool:
    """Tell whether a name, written in any of the usual ways, names a secret.

    Args:
        name: The key of a member, the name of a variable or of a header.
    """
    if len(name) > LONGEST_NAME or not name.rstrip("0123456789_-.: ]").lower().endswith(_ENDS):
        return False
    return _decided(name)


def is_numeric_secret(name: str) -> bool:
    """Tell whether even a number is a secret under this name: a password, but not a token."""
    return not _NUMERIC.isdisjoint(_words(name)[-1:])


@functools.lru_cache(maxsize=500)
def _decided(name: str) -> bool:
    words = _words(name)
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _SECRETS or last.endswith(_SECRET_ENDS):
        return True
    if last in ("key", "keys"):
        return before in _KEY_OF
    if last == "token":
        return before not in _TOKEN_COUNTED
    if last == "tokens":
        return before in _TOKENS_OF
    return (before, last) in (("connection", "string"), ("conn", "str"))


def _words(name: str) -> list[str]:
    """Split a name into its words in lower case, less the numbers and fillers at its end."""
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _FILLERS):
        words.pop()
    return words
