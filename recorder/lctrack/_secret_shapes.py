"""Secrets that are known by their form, wherever in a text they stand: keys of providers, tokens, private keys, URLs.

Every expression is linear in the length of the text: it begins at a boundary within which it cannot begin again, or
what it may look at is bounded.
"""

import base64
import re

from lctrack._structure import MASK

__all__ = ["mask_shapes", "maybe_shaped"]

_SHAPED = re.compile(
    r"""
    (?<![A-Za-z0-9_-])(?:
      (?P<with_digit>
        [sprg]?[sp]k-[A-Za-z0-9_-]{16,}                              # OpenAI, Anthropic, OpenRouter, Langfuse
      | (?:nvapi|pplx|tvly|xai)-[A-Za-z0-9_-]{16,}                   # NVIDIA, Perplexity, Tavily, xAI
      | gl(?:[dr]t|pat|ptt)-[A-Za-z0-9_-]{16,}                       # GitLab
      | xox[a-z]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{10,}          # Slack
      | pypi-[A-Za-z0-9_-]{30,}
      | (?:[grs]|pc)?[sr]k_(?:live_|test_)?[A-Za-z0-9_]{16,}         # Stripe, Groq, Pinecone
      | gh[opsru]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}    # GitHub
      | hf_[A-Za-z0-9]{20,} | npm_[A-Za-z0-9]{30,}                   # Hugging Face, npm
      | lsv2_[A-Za-z0-9_]{20,} | r8_[A-Za-z0-9]{20,}                 # LangSmith, Replicate
      | shp[a-z]{2}_[A-Za-z0-9]{20,} | dop_v1_[A-Za-z0-9]{20,}       # Shopify, DigitalOcean
      | AIza[A-Za-z0-9_-]{30,} | ya29\.[A-Za-z0-9_-]{20,}            # Google
      | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}                   # SendGrid
      )
    | A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])                             # AWS
    | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*        # JSON web tokens
    )
    """,
    re.VERBOSE,
)
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+=])(?=[a-z0-9/+]{0,39}[A-Z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?:.*?-----END (?P=kind)-----|.*)", re.DOTALL
)
_IN_URL = re.compile(r"""(://[^\s/@:"'<>\\]{0,100}:)([^\s/@"'<>\\]{1,256})(?=@)""")
_SCHEME = re.compile(r"\b(Bearer[ \t]{1,4})([A-Za-z0-9._~+/-]{16,}=*)|\b(Basic[ \t]{1,4})([A-Za-z0-9+/]{8,512}={0,2})")
_PLACEHOLDERS = frozenset({"pass", "passwd", "password", "pw", "pwd", "secret", "token"})

_HYPHEN = re.compile(
    r"-(?:(?<=[iktpxy]-)(?:(?<=[sp]k-)|(?<=nvapi-)|(?<=pplx-)|(?<=tvly-)|(?<=xai-)|(?<=gl[dr]t-)|(?<=glp[at]t-)"
    r"|(?<=xapp-)|(?<=pypi-))|(?<=xox[a-z]-)|(?=BEGIN))"
)
_UNDERSCORE = re.compile(
    r"_(?:(?<=[sr]k_)|(?<=gh[opsru]_)|(?<=hub_)|(?<=hf_)|(?<=npm_)|(?<=lsv2_)|(?<=r8_)|(?<=shp[a-z]{2}_)|(?<=dop_))"
)


def maybe_shaped(text: str) -> bool:
    """Tell quickly whether a text may hold what `mask_shapes` masks; most do not.

    A search for one character costs next to nothing, so each search for more waits for a rare one of them.
    """
    return (
        ("-" in text and _HYPHEN.search(text) is not None)
        or ("_" in text and _UNDERSCORE.search(text) is not None)
        or ("J" in text and "eyJ" in text)
        or ("@" in text and "://" in text)
        or ("z" in text and "I" in text and "AIza" in text)
        or ("K" in text and "AKIA" in text)
        or ("S" in text and ("ASIA" in text or ("G" in text and "SG." in text)))
        or ("2" in text and "ya29." in text)
        or ("B" in text and ("Bearer" in text or "Basic" in text))
    )


def mask_shapes(text: str) -> str:
    """Put the mask in place of each secret that is known by its form.

    Args:
        text: Any text.

    Returns:
        The same text but for the secrets; of a URL the password, of a header what follows `Bearer` or `Basic`.
    """
    if "-----BEGIN" in text:
        text = _PRIVATE_KEY.sub(MASK, text)
    if "://" in text:
        text = _IN_URL.sub(_mask_password, text)
    if "Bearer" in text or "Basic" in text:
        text = _SCHEME.sub(_mask_scheme, text)
    if "AKIA" in text or "ASIA" in text:
        text = _AWS_SECRET.sub(_mask_random, text)
    return _SHAPED.sub(_mask_shaped, text)


def _mask_shaped(found: re.Match[str]) -> str:
    # Names of things may look like that too, but the random part of a key has digits.
    return found[0] if found["with_digit"] and not _has_digit(found[0]) else MASK


def _mask_random(found: re.Match[str]) -> str:
    return MASK if _has_digit(found[0]) else found[0]


def _mask_password(found: re.Match[str]) -> str:
    password = found[2]
    shown = password.lower() in _PLACEHOLDERS or password[0] in "*$<{[%" or password.strip("x.…X") == ""
    return found[0] if shown else found[1] + MASK


def _mask_scheme(found: re.Match[str]) -> str:
    if found[1]:
        return found[1] + MASK if _has_digit(found[2]) else found[0]
    try:
        user, colon, _ = base64.b64decode(found[4], validate=True).decode().partition(":")
    except ValueError:
        return found[0]
    return found[3] + MASK if colon and user.isprintable() else found[0]


_DIGIT = re.compile("[0-9]")


def _has_digit(text: str) -> bool:
    return _DIGIT.search(text) is not None
