"""What somebody wrote in an e-mail, without what they quoted and without their signature.

`quotequail` finds the quotation. Its patterns take longer than a line is long, and anybody can send us an e-mail: so it
is shown the first lines only, with all that is long hidden.

The line that begins a signature: https://www.rfc-editor.org/rfc/rfc3676#section-4.3
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import quotequail
from lxml import etree

_LINES_MAX: Final = 1000
_LINE_CHARS_MAX: Final = 300
_ROUNDS_MAX: Final = 50
"""So many times somebody may answer below a piece of what they quote."""

_HIDDEN: Final = re.compile("\x01([0-9]+)\x01")
_QUOTED: Final = re.compile(r"[> ]*")
_SIGNATURE: Final = re.compile(r"\n--[ \t]?(\n|$)")
_SENT_FROM: Final = re.compile(
    r"(sent (from|with)|get outlook for|gesendet (von|mit)|von mein\w+ \w+ gesendet|envoyé (de|depuis)"
    r"|enviado (desde|do)|inviato da|(verzonden|verstuurd) (vanaf|met)|skickat från|отправлено)\b.{0,60}",
    re.IGNORECASE,
)
"""The line that a telephone adds."""
_ATTRIBUTION: Final = re.compile(r".*(@|[0-9][:.h][0-9]{2}).*[:\uff1a]")
"""The line before a quotation in any language: there is an address or a time in it, and a colon at its end."""

_BLOCKS: Final = re.compile(
    r"address|article|aside|blockquote|body|d[dlt]|div|fieldset|footer|form|h[1-6r]|header|li|main|nav|ol|p|pre|section"
    r"|table|tr|ul"
)
_SILENT: Final = frozenset({"head", "script", "style", "template", "title"})
_UNWANTED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPACES: Final = re.compile(r"\s+")
_BLANK_LINES: Final = re.compile(r"\n(?:[> ]*\n){2,}")


def reply_of(text: str) -> str:
    """What is new in this e-mail. All of it where that would be nothing: somebody forwarded it without a word."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x01", "").split("\n")
    hidden: list[str] = []
    shown = "\n".join(_shortened(line, hidden) for line in lines[:_LINES_MAX])
    new = _without_quotation(shown, "\n".join(lines[_LINES_MAX:]))
    own = "\n".join(line for line in new.split("\n") if not line.startswith(">"))
    whole = "\n".join(lines).strip()
    return _without_signature(_HIDDEN.sub(lambda found: hidden[int(found[1])], own)) or whole


def text_of(html: str) -> str:
    """As somebody reads it: blocks on lines of their own, quotations marked with `>`."""
    reader = _Reader()
    parser = etree.HTMLParser(target=reader, no_network=True, remove_comments=True, remove_pis=True)
    parser.feed(_UNWANTED.sub("", html))
    parser.close()
    return _BLANK_LINES.sub("\n\n", "".join(reader.pieces)).strip()


def _shortened(line: str, hidden: list[str]) -> str:
    """A long line is hidden behind its number; that it is quoted stays to be seen."""
    if len(line) <= _LINE_CHARS_MAX:
        return line
    mark = _QUOTED.match(line[:_LINE_CHARS_MAX])
    start = mark.end() if mark else 0
    hidden.append(line[start:])
    return f"{line[:start]}\x01{len(hidden) - 1}\x01"


def _without_quotation(text: str, rest: str) -> str:
    """Above, between and below what is quoted. `rest` was not searched and belongs to what stands last."""
    kept: list[str] = []
    for _ in range(_ROUNDS_MAX):
        found = quotequail.unwrap(text)
        if found is None:
            break
        if _is_unsure(found):
            above, *below = quotequail.quote(text, limit=_LINES_MAX + 1, quote_intro_line=True)
            kept.append(_without_tail(above[1] if below else f"{text}\n{rest}"))
            return _joined(kept)
        kept.append(_without_tail(found.get("text_top", "")))
        text = found.get("text_bottom", "")
        if not text:
            return _joined(kept)
    return _joined([*kept, _without_tail(f"{text}\n{rest}")])


def _is_unsure(found: dict[str, str]) -> bool:
    """`From: Lisbon`, `To: Porto` looks like the head of a forwarded e-mail, but no address is in it."""
    return found["type"] == "forward" and "@" not in found.get("from", "")


def _without_tail(text: str) -> str:
    """Without a quotation at the end that is short, or introduced in a language that nobody foresaw."""
    lines = text.rstrip().split("\n")
    end = len(lines)
    while end and (lines[end - 1].startswith(">") or not lines[end - 1].strip()):
        end -= 1
    was_quoted = end < len(lines)
    introduced = end and len(lines[end - 1]) <= _LINE_CHARS_MAX and _ATTRIBUTION.fullmatch(lines[end - 1].strip())
    if introduced and (was_quoted or "@" in lines[end - 1]):
        end -= 1
    return "\n".join(lines[:end])


def _without_signature(text: str) -> str:
    body = _SIGNATURE.split(f"\n{text}", maxsplit=1)[0].strip()
    above, _, last = body.rpartition("\n")
    return above.strip() if _SENT_FROM.fullmatch(last.strip()) else body


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())


class _Reader:
    """Gathers text while the parser tells what it finds. Each piece continues a line or begins one."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._quoted = 0
        self._silent = 0
        self._at_start = True

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002
        if tag in _SILENT:
            self._silent += 1
        if _BLOCKS.fullmatch(tag):
            self._new_line()
        if tag == "br":
            self._break()
        if tag == "blockquote":
            self._quoted += 1

    def end(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent -= 1
        if _BLOCKS.fullmatch(tag):
            self._new_line()
        if tag == "p":
            self._break()
        if tag == "blockquote":
            self._quoted -= 1

    def data(self, data: str) -> None:
        if self._silent:
            return
        text = _SPACES.sub(" ", data)
        text = text.lstrip() if self._at_start else text
        if text:
            self.pieces.append(self._mark() + text if self._at_start else text)
            self._at_start = False

    def close(self) -> str:
        return "".join(self.pieces)

    def _new_line(self) -> None:
        if not self._at_start:
            self._break()

    def _break(self) -> None:
        self.pieces.append("\n" if not self._at_start else f"{self._mark().rstrip()}\n")
        self._at_start = True

    def _mark(self) -> str:
        return "> " if self._quoted else ""
