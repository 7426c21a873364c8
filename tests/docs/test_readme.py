"""README.md and README.ko.md say the same: commands, links, limits, figures; and what they name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "README.ko.md")
TEXTS = {name: (ROOT / name).read_text() for name in PAGES}
ENGLISH, KOREAN = TEXTS.values()


def blocks(text):
    """What is to be typed, and what is shown as it stands."""
    return re.findall(r"^```\w+\n(.*?)^```", text, re.M | re.S)


def prose(text):
    return re.sub(r"^```\w+\n.*?^```", "", text, flags=re.M | re.S)


def words(text):
    """Commands, file names and keys in the running text."""
    return sorted(re.findall(r"`([^`\n]+)`", prose(text)))


def links(text):
    """Where it leads to, but for the page in the other language."""
    return sorted(set(re.findall(r"\]\(([^)]+)\)", prose(text))) - set(PAGES))


def rows(text):
    return [line for line in prose(text).splitlines() if line.startswith("|")]


def numbers(row):
    """The numbers of a row of a table, in their order."""
    return sorted(re.findall(r"\d[\d.,]*\d|\d", row))


def test_blocks():
    assert blocks(ENGLISH) == blocks(KOREAN)


def test_words():
    assert words(ENGLISH) == words(KOREAN)


def test_links():
    assert links(ENGLISH) == links(KOREAN)


def test_tables():
    assert [numbers(row) for row in rows(ENGLISH)] == [numbers(row) for row in rows(KOREAN)]


def test_as_many_headings():
    assert re.findall(r"^#+ ", prose(ENGLISH), re.M) == re.findall(r"^#+ ", prose(KOREAN), re.M)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_linked_is_there(page):
    for link in links(TEXTS[page]):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(), re.M)
            assert anchor in [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings], link


@pytest.mark.parametrize("page", PAGES)
def test_cells_are_short(page):
    for row in rows(TEXTS[page]):
        for cell in row.strip("|").split("|"):
            assert len(re.sub(r"\]\([^)]*\)", "]", cell).strip()) < 120, cell


def test_memory_of_the_context():
    """What the C example says of segw_ctx_t is what the header has."""
    words = int(re.search(r"#define SEGW_CTX_WORDS (\d+)", (ROOT / "include/segw.h").read_text())[1])
    assert f"the memory: {round(words * 8 / 1024)} KiB, " in ENGLISH
    assert f"instead of {round(words * 8 / 1024)}." in (ROOT / "cross/README.md").read_text()
