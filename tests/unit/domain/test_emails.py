"""E-mails in the forms in which SendGrid tells them."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.domain.emails import FIELDS, email, messages

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
HEADERS = (
    "Received: by mx0047p1mdw1.sendgrid.net with SMTP id 6WCVv7KAWn Wed, 27 Jul 2016 20:53:06 +0000 (UTC)\n"
    'From: "Lovelace, Ada" <ada@example.com>\n'
    "Date: Sun, 22 Nov 2026 05:59:00 +0000\n"
    "Subject: Different platform test\n"
    "To: help@parse.shop.example\n"
    "Message-ID: <own@mail.example.com>\n"
    'Content-Type: multipart/alternative; boundary="001a1140ee0adcaea80538a4a5b4"\n'
    "MIME-Version: 1.0\n"
)
PARSED = {
    "headers": HEADERS,
    "dkim": "{@example.com : pass}",
    "to": "help@parse.shop.example",
    "from": '"Lovelace, Ada" <ada@example.com>',
    "text": "Where is my order?\r\n",
    "html": "<p>Where is my order?</p>",
    "sender_ip": "209.85.213.182",
    "spam_report": "",
    "envelope": '{"to":["help@parse.shop.example"],"from":"ada@example.com"}',
    "subject": "Different platform test",
    "spam_score": "0.02",
    "attachments": "0",
    "charsets": '{"to":"UTF-8","html":"UTF-8","subject":"UTF-8","from":"UTF-8","text":"UTF-8"}',
    "SPF": "pass",
}


def form(**fields: str | bytes) -> dict[str, bytes]:
    told = {**PARSED, **fields}
    return {name: value if isinstance(value, bytes) else value.encode() for name, value in told.items()}


def raw(message: bytes | EmailMessage, **fields: str) -> dict[str, bytes]:
    """As SendGrid tells it when it was asked for the whole message."""
    whole = message if isinstance(message, bytes) else bytes(message)
    told = form(email=whole, **fields)
    return {name: value for name, value in told.items() if name not in ("headers", "text", "html", "attachments")}


def header(text: str) -> dict[str, str]:
    return {"headers": HEADERS + text + "\n"}


def mime() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ada <ada@example.com>"
    message["To"] = "help@parse.shop.example"
    message["Message-ID"] = "<own@mail.example.com>"
    message.set_content("Where is my order? Grüße\n\nOn Mon, Shop <s@x.com> wrote:\n> old\n", charset="iso-8859-1")
    return message


def test_a_parsed_email_is_read():
    told = email(form(), NOW)
    assert told.refused is None
    assert (told.from_, told.from_name, told.to) == ("ada@example.com", "Lovelace, Ada", ["help@parse.shop.example"])
    assert (told.message_id, told.thread_id) == ("<own@mail.example.com>", "<own@mail.example.com>")
    assert told.text == "Where is my order?"
    assert told.occurred_at == NOW - timedelta(minutes=1)


def test_a_raw_email_is_read():
    told = email(raw(mime()), NOW)
    assert (told.refused, told.text, told.from_) == (None, "Where is my order? Grüße", "ada@example.com")
    assert told.message_id == "<own@mail.example.com>"


def test_of_a_raw_email_the_text_counts_then_the_html_never_an_attachment():
    message = mime()
    message.add_alternative("<p>as html</p>", subtype="html")
    message.add_attachment(b"x" * 1000, maintype="image", subtype="png", filename="a.png")
    message.add_attachment("an attachment", filename="b.txt")
    assert email(raw(message), NOW).text == "Where is my order? Grüße"
    only = EmailMessage()
    only.set_content("<p>as <b>html</b></p>", subtype="html")
    only.add_attachment("an attachment", filename="b.txt")
    assert email(raw(only), NOW).text == "as html"


def test_a_raw_email_that_was_cut_off_keeps_its_text():
    message = mime()
    message.add_attachment(b"x" * 10_000, maintype="image", subtype="png", filename="a.png")
    assert email(raw(bytes(message)[:3000]), NOW).text == "Where is my order? Grüße"


def test_html_alone_becomes_text_and_without_both_the_subject_counts():
    assert email(form(text=""), NOW).text == "Where is my order?"
    assert email(form(text=" \n", html=""), NOW).text == "Different platform test"


@pytest.mark.parametrize(
    ("charset", "value", "text"),
    [
        ("iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ("iso-2022-jp", "日本語です".encode("iso-2022-jp"), "日本語です"),
        ("windows-1252", "“ok”".encode("cp1252"), "“ok”"),
        ("utf-8", b"Gr\xfc\xdfe", "Gr\ufffd\ufffde"),
        ("us-ascii", "Grüße".encode(), "Gr\ufffd\ufffd\ufffd\ufffde"),
        ("nonsense", "Grüße".encode(), "Grüße"),
        ("zlib", "Grüße".encode(), "Grüße"),
        ("punycode", b"a" * 100_000, "a" * 100_000),
        ("utf-8", b"a\x00b", "ab"),
    ],
)
def test_each_field_has_a_charset_of_its_own(charset, value, text):
    assert email(form(text=value, charsets=json.dumps({"text": charset})), NOW).text == text


@pytest.mark.parametrize("charsets", ["", "{", "[]", '{"text":1}', "\xff"])
def test_charsets_that_cannot_be_read_are_utf_8(charsets):
    assert email(form(text="Grüße", charsets=charsets.encode("latin-1")), NOW).text == "Grüße"


# Who


def test_the_recipients_are_those_of_the_envelope():
    envelope = {
        "to": ["Help@parse.shop.example", "sales@parse.shop.example", "help@parse.shop.example"],
        "from": "a@b.c",
    }
    told = email(form(envelope=json.dumps(envelope), to="somebody@else.example"), NOW)
    assert told.to == ["help@parse.shop.example", "sales@parse.shop.example"]
    assert [one.to for one in messages(told)] == told.to
    assert {one.resource_id for one in messages(told)} == {told.message_id}
    assert email(form(envelope="{"), NOW).to == ["help@parse.shop.example"]
    many = [f"a{n}@example.com" for n in range(60)]
    assert email(form(envelope=json.dumps({"to": many, "from": "a@b.c"})), NOW).to == many[:50]


def test_the_sender_is_the_one_that_a_reader_sees():
    forwarded = json.dumps({"to": ["help@parse.shop.example"], "from": "SRS0=x=y=example.com=ada@forwarder.example"})
    assert email(form(envelope=forwarded), NOW).from_ == "ada@example.com"
    nameless = email(form(**{"from": "", "headers": "Message-ID: <a@b>\n"}), NOW)
    assert (nameless.from_, nameless.from_name) == ("ada@example.com", None)


def test_long_names_and_addresses():
    told = email(form(**{"from": f"{'n' * 300} <ada@example.com>"}), NOW)
    assert told.from_name == "n" * 256
    fits, too_long = (f"{'a' * length}@example.com" for length in (242, 243))
    assert len(fits) == 254
    assert email(form(**{"from": fits}), NOW).from_ == fits
    assert email(form(**{"from": too_long}), NOW).from_ == "ada@example.com"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"envelope": '{"to":["help@parse.shop.example"],"from":""}'}, "bounce"),
        ({"envelope": '{"to":["help@parse.shop.example"],"from":"<>"}'}, "bounce"),
        ({"from": "MAILER-DAEMON@example.com"}, "bounce"),
        ({"headers": "Content-Type: multipart/report; report-type=delivery-status\n"}, "bounce"),
        (header("Auto-Submitted: auto-replied"), "auto_reply"),
        (header("Auto-Submitted: auto-generated; x=y"), "auto_reply"),
        (header("X-Autoreply: yes"), "auto_reply"),
        (header("Precedence: bulk"), "bulk"),
        (header("Precedence: List"), "bulk"),
        (header("List-Id: <news.example.com>"), "bulk"),
        ({"from": "nobody", "envelope": "{}", "headers": ""}, "no_sender"),
        ({"to": "", "envelope": '{"from":"ada@example.com"}', "headers": ""}, "no_recipient"),
        (header("Auto-Submitted: no"), None),
        (header("Precedence: first-class"), None),
    ],
)
def test_what_no_person_wrote_is_refused(fields, reason):
    assert email(form(**fields), NOW).refused == reason


# Which


def test_an_answer_belongs_to_the_thread_that_it_answers():
    references = header("References: <first@x>\n <second@x>\nIn-Reply-To: <second@x>")
    assert email(form(**references), NOW).thread_id == "<first@x>"
    assert email(form(**header("In-Reply-To: <second@x>")), NOW).thread_id == "<second@x>"


def test_long_ids_are_hashed():
    fits, long = f"<{'a' * 254}>", f"<{'a' * 255}>"
    assert email(form(headers=f"Message-ID: {fits}\n"), NOW).message_id == fits
    told = email(form(headers=f"Message-ID: {long}\n"), NOW)
    assert told.message_id.startswith("sha256:")
    assert told.thread_id == email(form(headers=f"In-Reply-To: {long}\n"), NOW).thread_id == told.message_id


def test_without_a_message_id_what_came_is_its_id():
    one, again, other = (email(form(headers="", text=text), NOW) for text in ("a", "a", "b"))
    assert one.message_id == again.message_id != other.message_id
    assert one.thread_id == one.message_id


@pytest.mark.parametrize(
    ("date", "when"),
    [
        ("Sun, 22 Nov 2026 06:00:00 +0000", NOW),
        ("Sat, 21 Nov 2026 22:00:00 -0800", NOW),
        ("Sun, 22 Nov 2026 06:00:01 +0000", NOW),
        ("Wed, 18 Nov 2026 06:00:00 +0000", NOW - timedelta(days=4)),
        ("Wed, 18 Nov 2026 05:59:59 +0000", NOW),
        ("yesterday", NOW),
        ("", NOW),
        ("Sun, 99 Nov 99999 06:00:00 +9999", NOW),
    ],
)
def test_the_date_counts_while_it_is_likely(date, when):
    assert email(form(headers=f"Date: {date}\n"), NOW).occurred_at == when


# Anything


def assert_can_be_kept(told):
    """No database takes a NUL, or half a character."""
    for text in (told.message_id, told.thread_id, told.from_, told.from_name or "", told.text, *told.to):
        assert "\x00" not in text.encode().decode()


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.binary()))
def test_any_form_is_read(fields):
    told = email(fields, NOW)
    assert told.message_id
    messages(told)
    assert_can_be_kept(told)


ADDRESS_PIECES = [
    *(
        "(",
        ")",
        "<",
        ">",
        '"',
        ",",
        ";",
        ":",
        "@",
        "[",
        "]",
        "\\",
        ".",
        " ",
        "\t",
        "\n ",
        "\r",
        "\x00",
        "ä",
        "ada",
        "a@b.c",
    ),
    *("=?utf-8?q?a?=", "=?utf-7?q?+2AA-?=", "=?utf-8?b?AAAA?=", "=?x?b?a?=", "=?", "?="),
]
PIECES = st.lists(st.sampled_from(ADDRESS_PIECES), max_size=12).map("".join)
ADDRESSES = PIECES | st.builds(lambda text, times: text * times, PIECES, st.integers(0, 4096))


@given(ADDRESSES, ADDRESSES)
def test_any_address_is_read(one, other):
    envelope = json.dumps({"to": [one], "from": other})
    assert_can_be_kept(
        email(form(**{"from": one, "to": other, "headers": f"From: {other}\n", "envelope": envelope}), NOW)
    )
    assert_can_be_kept(email(raw(f"From: {one}\nMessage-ID: {other}\nTo: {other}\n\nx".encode()), NOW))


@pytest.mark.parametrize(
    "nested", ["(" * 4000, "a:" * 2000, "(:" * 2000, "(" * 50 + "a:" * 50], ids=lambda text: text[:4]
)
def test_addresses_that_nest_are_read(nested):
    assert email(form(**{"from": nested}), NOW).from_ == "ada@example.com"
    assert email(form(**{"from": f"{nested} <eve@example.com>"}), NOW).from_ in {"eve@example.com", "ada@example.com"}
    assert email(form(**{"from": "Ada (at work (today)) <eve@example.com>"}), NOW).from_ == "eve@example.com"


def test_names_and_texts_lose_what_cannot_be_kept():
    headers = "From: =?utf-7?q?A+2AA-da?= <ada@example.com>\n"
    assert email(form(**{"from": "", "headers": headers}), NOW).from_name == "Ada"
    charsets = json.dumps({"text": "utf-7"})
    assert email(form(text="+2AA- a +AAA- b", charsets=charsets), NOW).text == "a  b"


@pytest.mark.parametrize("end", ["\n", "\r"])
@pytest.mark.parametrize(
    "kind",
    [
        "multipart/mixed; boundary*0=b; boundary*=b",
        "text/plain; charset*0=x; charset*=y",
        "text/plain; charset*=\x00'en'x",
    ],
)
def test_parameters_that_contradict_themselves_do_no_harm(kind, end):
    lines = ["From: ada@example.com", "To: help@parse.shop.example", f"Content-Type: {kind}", "", "Hello"]
    assert email(raw(end.join(lines).encode()), NOW).text in {"Hello", "Different platform test"}


PART_PIECES = [
    *(
        "text/plain",
        "text/html",
        "multipart/mixed",
        "message/rfc822",
        "charset",
        "boundary",
        "name",
        ";",
        "=",
        "*",
        " ",
    ),
    *("*0", "*1*", "'", '"', "b", "\r", "\x00", "x'y'z", "utf-7", "utf-16", "zlib", "idna"),
]
PARTS = [
    "--b\n",
    "--b--\n",
    "begin 644 x\n",
    "#abc\n",
    "`\nend\n",
    "+2AA-",
    "&#xD800;&#0;",
    "<p>",
    "\n",
    "=",
    "\r",
    "a",
]


@given(
    st.lists(st.sampled_from(PART_PIECES), max_size=12).map("".join),
    st.sampled_from(["7bit", "base64", "quoted-printable", "x-uuencode"]),
    st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
)
def test_any_part_is_read(kind, encoding, body):
    head = f"From: a@b.c\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n"
    assert_can_be_kept(email({"email": (head + body).encode()}, NOW))


HEADER_NAMES = [
    "From",
    "To",
    "Date",
    "Message-ID",
    "References",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Subject",
]


@given(st.lists(st.tuples(st.sampled_from(HEADER_NAMES), st.binary(max_size=60))), st.binary())
def test_any_message_is_read(headers, body):
    lines = b"".join(name.encode() + b": " + value.replace(b"\n", b"\n ") + b"\n" for name, value in headers)
    email({"email": lines + b"\n" + body}, NOW)


def nested(depth: int) -> bytes:
    parts = [f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth)]
    return "".join(parts).encode() + b"\nhello"


@pytest.mark.parametrize(
    "message",
    [
        nested(5000),
        b"From: " + b"a@b.c, " * 200_000 + b"\n\nx",
        b"Subject: " + b"=?punycode?q?" + b"a" * 1_000_000 + b"?=\n\nx",
        b"References: " + b"<a" * 500_000 + b"\n\nx",
        b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 100_000,
        b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 1_000_000,
        b"Content-Type: text/plain;" + b" a*0=b;" * 100_000 + b"\n\nx",
        b"X: y\rContent-Type: text/plain;" + b" a*0=b;" * 100_000 + b"\n\nx",
        (b"Content-Type: text/plain;" + b"*" * 2000 + b"\n") * 1000 + b"\nx",
        b"From: " + b"(" * 4000 + b"\n\nx",
        b"From: " + b"a:" * 2000 + b"\n\nx",
    ],
    ids=range(11),
)
def test_nobody_keeps_us_busy(message):
    started = time.monotonic()
    email(raw(message), NOW)
    assert time.monotonic() - started < 5
