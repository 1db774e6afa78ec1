"""The page in a real browser: filters, search, keyboard, phone width, both colour schemes, and a silent console."""

import pytest
from browser import BROWSER, Browser
from runs_on_disk import add_run

from spacy_bioner.experiments.report.page import write_report

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
pytest.importorskip("matplotlib")

SHOWN = "[...document.querySelectorAll('.case')].map((item) => item.querySelector('b').textContent)"
KINDS = "[...document.querySelectorAll('.kind')].map((item) => item.textContent)"
STATUS = "document.getElementById('status').textContent"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    for system in ("crf", "dictionary"):
        for size in (20, None):
            add_run(folder / "runs" / f"{system}-{size}", system, seed=0, size=size)
    write_report([folder / "runs"], folder / "page.html")
    return folder / "page.html"


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def fresh(browser, page):
    """Open the page anew; afterwards, its console has said nothing and it has asked for no other file."""
    browser.messages.clear()
    browser.requests.clear()
    browser.size(1280)
    browser.open(page)
    yield
    assert browser.messages == []
    assert set(browser.requests) <= {page.resolve().as_uri(), "data:,"}


def choose(browser, name, option):
    """Choose an option of a filter by its text."""
    browser.run(f"""(() => {{
        const select = document.querySelector('select[name="{name}"]');
        select.value = [...select.options].find((option) => option.text === {option!r}).value;
        select.dispatchEvent(new Event("input", {{ bubbles: true }}));
    }})()""")


def test_all_errors_show_and_their_text_is_text(browser):
    assert browser.run(STATUS) == "7 errors in 5 sentences"
    assert browser.run(SHOWN) == ["crf", "dictionary", "crf", "dictionary", "dictionary"]
    assert browser.run("document.title") == "Named entity recognition on tiny"
    assert "<script>document.title = 'broken'</script>" in browser.run("document.querySelector('#cases').textContent")
    assert browser.run("document.querySelectorAll('#cases script').length") == 0


def test_filters(browser):
    choose(browser, "system", "crf")
    assert browser.run(SHOWN) == ["crf", "crf"]
    assert browser.run(KINDS) == ["wrong boundary: bad rash → rash", "spurious: nausea"]
    choose(browser, "kind", "spurious")
    assert browser.run(KINDS) == ["spurious: nausea"]
    choose(browser, "label", "Drug")
    assert browser.run(STATUS) == "No error fits these choices."
    choose(browser, "system", "all")
    assert browser.run(KINDS) == ["spurious: <script>"]
    browser.run("document.querySelector('button[type=reset]').click()")
    assert browser.run(
        "new Promise((done) => setTimeout(() => done(document.getElementById('status').textContent), 50))"
    ) == ("7 errors in 5 sentences")


def test_frames_and_fills(browser):
    choose(browser, "kind", "wrong boundary")
    marks = "[...document.querySelectorAll('.case mark')].map((mark) => [mark.textContent, mark.className])"
    assert browser.run(marks) == [
        ["Aspirin", "gold found right opens closes"],
        ["bad ", "gold opens"],
        ["rash", "gold found closes"],
    ]
    tags = "[...document.querySelectorAll('.case .tag')].map((tag) => [tag.textContent, tag.className])"
    assert browser.run(tags) == [["Drug 0.90", "tag of-both"], ["ADR", "tag of-gold"], ["ADR 0.60", "tag of-found"]]


def test_offsets_count_characters(browser):
    choose(browser, "kind", "wrong type")
    marks = browser.run("[...document.querySelectorAll('.case mark')].map((mark) => mark.textContent)")
    assert marks == ["Stomach pain", "fever", "ibuprofen"]


def test_keyboard_and_search(browser):
    browser.press("Tab")
    assert browser.run("document.activeElement.textContent") == "Skip to the report"
    browser.press("/", "/")
    assert browser.run("document.activeElement.name") == "search"
    for key in "FEVER":
        browser.press(key, key)
    assert browser.run("document.activeElement.value") == "FEVER"
    assert browser.run(SHOWN) == ["dictionary"]
    browser.run("document.querySelector('select[name=system]').focus()")
    browser.run("document.querySelector('input[name=search]').value = ''")
    browser.press("ArrowDown")
    assert browser.run(SHOWN) == ["crf", "crf"], "the next option is chosen by a key"
    controls = "[...document.querySelectorAll('select, input, button:not([hidden]), a, summary')]"
    assert browser.run(f"{controls}.every((control) => control.tabIndex >= 0)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_width_scrolls_sideways(browser, page, width, scheme):
    browser.size(width)
    browser.scheme(scheme)
    browser.open(page)
    assert browser.run("document.documentElement.scrollWidth") <= width
    tables = "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth + 1)"
    if width == 390:  # the layout of a telephone, under 640 pixels
        assert browser.run(f"{tables}.map((e) => e.getAttribute('aria-label'))") == [], "a column is clipped"
    sizes = "[...document.querySelectorAll('p, td, th, label')].map((e) => parseFloat(getComputedStyle(e).fontSize))"
    assert min(browser.run(sizes)) >= 11


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_page(browser, page, scheme):
    """Contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3) for all text, on what lies behind it."""
    browser.scheme(scheme)
    browser.open(page)
    assert browser.run(CONTRAST) == []


CONTRAST = """(() => {
    const parse = (color) => (color.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const light = ([r, g, b]) => [r, g, b]
        .map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (node) => {
        for (; node; node = node.parentElement) {
            const color = parse(getComputedStyle(node).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
        }
        return [255, 255, 255];
    };
    const bad = [];
    for (const node of document.querySelectorAll("body *:not(script):not(svg *)")) {
        const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
        if (!own || !node.offsetParent) continue;
        const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) bad.push([node.className || node.tagName, ratio.toFixed(2)]);
    }
    return bad;
})()"""
