"""Wrong relations in a real browser: an arc for each, with its head and tail, at any width."""

import pytest
from browser import BROWSER, Browser
from related_runs import FOUND, add_related_run

from spacy_bioner.experiments.report.page import write_report

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
pytest.importorskip("matplotlib")

KINDS = "[...document.querySelectorAll('.kind')].map((item) => item.textContent)"
ARCS = """[...document.querySelectorAll('.case')].map((item) =>
    [...item.querySelectorAll('.arc')].map((arc) => [arc.classList[1], arc.querySelector('text').textContent]))"""
ENDS = """[...document.querySelectorAll('.case')].map((item) => {
    const own = item.querySelector('.sentence').getBoundingClientRect();
    const marks = [...item.querySelectorAll('mark')].map((mark) => {
        const box = mark.getClientRects()[0];
        return { text: mark.textContent, left: box.left - own.left, right: box.right - own.left,
                 top: box.top - own.top - 4, bottom: box.bottom - own.top + 4 };
    });
    return [...item.querySelectorAll('.arc .line')].map((line) => [0, line.getTotalLength()].map((length) => {
        const { x, y } = line.getPointAtLength(length);
        const at = (mark) => mark.left <= x && x <= mark.right && mark.top <= y && y <= mark.bottom;
        return marks.filter(at).map((mark) => mark.text).join();
    }));
})"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("related")
    for system in FOUND:
        add_related_run(folder / "runs" / system, system, fold=0, gold_entities=True)
    write_report([folder / "runs"], folder / "page.html")
    return folder / "page.html"


@pytest.fixture
def browser(page):
    browser = Browser()
    browser.size(1200)
    browser.open(page)
    yield browser
    assert browser.messages == []
    browser.close()


def settled(browser, expression):
    """Evaluate when two frames have been drawn: arcs are drawn by an observer of sizes."""
    wait = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))"
    browser.run(wait)
    return browser.run(expression)


def test_arcs_join_their_mentions(browser):
    assert browser.run("document.title") == "Relations between entities on tiny"
    assert settled(browser, KINDS) == [
        "wrong relation type: digoxin —treats→ angina, found digoxin —causes→ angina",
        "wrong direction: penicillin —causes→ Rash, found Rash —causes→ penicillin",
        "missed relation: penicillin —causes→ Rash",
        "spurious relation: Morphine —causes→ pain",
    ]
    assert sorted(browser.run(ARCS)[0]) == [
        ["of-both", "causes 0.90"],
        ["of-found", "causes 0.60"],
        ["of-gold", "treats"],
    ]
    assert browser.run(ARCS)[2:] == [[["of-gold", "causes"]], [["of-found", "causes 0.55"]]]
    assert sorted(browser.run(ENDS)[1]) == [["Rash", "penicillin"], ["penicillin", "Rash"]]
    for width in (1200, 300):
        browser.size(width)
        joined = settled(browser, ENDS)
        assert sorted(map(tuple, joined[0])) == [("Aspirin", "asthma"), ("digoxin", "angina"), ("digoxin", "angina")]
        assert browser.run("document.documentElement.scrollWidth <= window.innerWidth")
    browser.run("""(() => { const kind = document.querySelector('select[name="kind"]');
        kind.selectedIndex = 2; kind.dispatchEvent(new Event("input", { bubbles: true })); })()""")
    assert settled(browser, KINDS) == ["spurious relation: Morphine —causes→ pain"]
