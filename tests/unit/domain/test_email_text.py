"""What is new in an e-mail."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.domain.email_text import reply_of, text_of

QUOTED = "> Do you want it?\n> We have two.\n> The shop\n"
SHOP = "Shop <shop@example.com>"
INTRODUCTIONS = [
    f"On Mon, Nov 2, 2026 at 3:04 PM {SHOP} wrote:",
    "On Mon, Nov 2, 2026 at 3:04 PM Shop\n<shop@example.com> wrote:",
    f"Am 02.11.2026 um 15:04 schrieb {SHOP}:",
    f"Le lun. 2 nov. 2026 à 15:04, {SHOP} a écrit :",
    f"El lun, 2 nov 2026 a las 15:04, {SHOP} escribió:",
    f"Em seg., 2 de nov. de 2026 às 15:04, {SHOP} escreveu:",
    f"Op ma 2 nov. 2026 om 15:04 schreef {SHOP}:",
    f"Il giorno lun 2 nov 2026 alle ore 15:04 {SHOP} ha scritto:",
    f"pon., 2 lis 2026 o 15:04 {SHOP} napisał(a):",
    f"2026年11月2日(月) 15:04 {SHOP}:",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("quoted", [QUOTED, "> Do you?\n"])
def test_what_is_quoted_below_is_left_out(introduction, quoted):
    assert reply_of(f"Yes please.\nThe blue one.\n\n{introduction}\n{quoted}") == "Yes please.\nThe blue one."


@pytest.mark.parametrize(
    "head",
    [
        "-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: Ada\nSubject: Order",
        "________________________________\nFrom: Shop <shop@example.com>\nSent: Monday\nTo: Ada\nSubject: Order",
        "From: Shop <shop@example.com>\nSent: Monday\nTo: Ada <ada@example.com>\nSubject: Order",
        "Von: Shop <shop@example.com>\nGesendet: Montag\nAn: Ada\nBetreff: Bestellung",
    ],
)
def test_the_head_that_outlook_writes_ends_it(head):
    assert reply_of(f"Yes please.\r\n\r\n{head}\r\n\r\nDo you want it?\r\n") == "Yes please."


def test_answers_below_and_between_are_kept():
    assert reply_of(f"On Mon, {SHOP} wrote:\n{QUOTED}\nYes I do.\n") == "Yes I do."
    between = f"Hi\n\nOn Mon, {SHOP} wrote:\n> Do you?\n\nYes.\n\n> And this?\n\nNo.\n"
    assert [line for line in reply_of(between).split("\n") if line] == ["Hi", "Yes.", "No."]


@pytest.mark.parametrize(
    "text",
    [
        "Hi\nThanks, that works. I also moved to Lisbon.\n- milk\n- bread",
        "Hello\nFrom: Lisbon\nTo: Porto\n\nthanks, I need it for two",
        "On my way, she wrote: see you",
        "a -- b\n--- three\nFrom: me",
        "x" * 5000 + "\nyes",
    ],
)
def test_what_only_looks_like_a_quotation_is_kept(text):
    assert reply_of(text) == text


def test_an_email_that_was_only_forwarded_is_kept():
    text = "---------- Forwarded message ---------\nFrom: A <a@b.c>\nDate: x\nSubject: y\nTo: z\n\nbody"
    assert reply_of(text) == text


@pytest.mark.parametrize("signature", ["-- \nAda\nCEO", "--\nAda", "Sent from my iPhone", "Von meinem iPhone gesendet"])
def test_signatures_are_left_out(signature):
    assert reply_of(f"Hello there\n\n{signature}") == "Hello there"
    assert reply_of(f"Hello there\n\n{signature}\n\nOn Mon, {SHOP} wrote:\n{QUOTED}") == "Hello there"


def test_a_long_line_stays_as_it_was():
    long = "word " * 200 + "end"
    assert reply_of(f"{long}\n\nOn Mon, {SHOP} wrote:\n> {long}\n") == long


@given(st.text())
def test_any_text_is_read(text):
    assert len(reply_of(text)) <= len(text)


@given(st.lists(st.sampled_from(["> a", "On Mon, A <a@b.c> wrote:", "", "text", "From: a@b.c", "To: x", "-- "])))
def test_any_lines_are_read(lines):
    reply_of("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        "Am " + "schrieb " * 100_000,
        "\n" * 500_000 + "x",
        "On a\n" * 100_000,
        "From: a@b\n" * 100_000,
        "> a\nb\n" * 50_000,
    ],
    ids=range(5),
)
def test_nobody_keeps_us_busy_with_text(text):
    started = time.monotonic()
    reply_of(text)
    assert time.monotonic() - started < 5


# HTML

GMAIL = (
    '<div dir="ltr">Yes &amp; please<br></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    'On Mon, Nov 2, 2026 at 3:04 PM Shop &lt;<a href="mailto:shop@example.com">shop@example.com</a>&gt; wrote:<br>'
    "</div>"
    '<blockquote class="gmail_quote" style="margin:0">Do you?<br>We have two.</blockquote></div>'
)
OUTLOOK = (
    "<html><head><title>no</title><style>p {x:y}</style></head><body><p class=MsoNormal>Yes please</p>"
    '<ul><li>a<li>b</ul><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
    "<p class=MsoNormal><b>From:</b> Shop &lt;shop@example.com&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Ada<br>"
    "<b>Subject:</b> x</p></div></div><p>Do you?</p></body></html>"
)


def test_html_becomes_text():
    assert text_of("<p>Grüße &#x1F44B;</p><script>no()</script><p>two\n words</p>") == "Grüße 👋\n\ntwo words"
    assert text_of("") == text_of("  ") == text_of("<!-- x -->") == ""
    assert text_of("a<br>b<blockquote>c</blockquote>d") == "a\nb\n> c\nd"


def test_what_html_quotes_is_left_out():
    assert reply_of(text_of(GMAIL)) == "Yes & please"
    assert reply_of(text_of(OUTLOOK)) == "Yes please\n\na\nb"


@given(st.text(alphabet="<>/ab&;=\"' !-\x00\ud800é") | st.text())
def test_any_html_is_read(html):
    text_of(html)


@pytest.mark.parametrize(
    "html", ["<!--" * 100_000, "<a " * 100_000, "<div>" * 100_000, "<a a=" * 100_000, "&" * 500_000], ids=range(5)
)
def test_nobody_keeps_us_busy_with_html(html):
    started = time.monotonic()
    text_of(html)
    assert time.monotonic() - started < 5
