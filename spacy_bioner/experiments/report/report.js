// The browser of errors. Text of corpora enters the page as text nodes only, never as markup.
"use strict";
(() => {
  const source = document.getElementById("cases-data");
  if (!source) return;
  const { systems, corpora, labels, kinds, runs, cases } = JSON.parse(source.textContent);
  const AT_ONCE = 40;
  const list = document.getElementById("cases");
  const more = document.getElementById("more");
  const status = document.getElementById("status");
  const controls = document.getElementById("controls");
  const chosen = (name) => (controls.elements[name] ? controls.elements[name].value : "");
  let found = [];
  let shown = 0;

  function element(tag, className, ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
  }

  // An error is [kind, gold span or -1, found span or -1]; spans are numbers of those of its case.
  function matching(item, kind, label) {
    return item.errors.filter(([k, gold, guess]) => {
      if (kind !== "" && k !== Number(kind)) return false;
      if (label === "") return true;
      const wanted = Number(label);
      return (gold >= 0 && item.gold[gold].label === wanted) || (guess >= 0 && item.found[guess].label === wanted);
    });
  }

  function select() {
    const [system, corpus, kind, label] = ["system", "corpus", "kind", "label"].map(chosen);
    const search = chosen("search").trim().toLowerCase();
    found = [];
    let errors = 0;
    for (const item of cases) {
      const run = runs[item.run];
      if (system !== "" && run.system !== Number(system)) continue;
      if (corpus !== "" && run.corpus !== Number(corpus)) continue;
      if (search && !item.text.toLowerCase().includes(search) && !item.document.toLowerCase().includes(search)) continue;
      const hits = matching(item, kind, label);
      if (!hits.length) continue;
      errors += hits.length;
      found.push([item, hits]);
    }
    const number = (n) => n.toLocaleString("en");
    status.textContent = found.length
      ? `${number(errors)} ${errors === 1 ? "error" : "errors"} in ${number(found.length)} ${found.length === 1 ? "sentence" : "sentences"}`
      : "No error fits these choices.";
    shown = 0;
    list.replaceChildren();
    show();
  }

  function show() {
    list.append(...found.slice(shown, shown + AT_ONCE).map(([item, hits]) => render(item, hits)));
    shown = Math.min(shown + AT_ONCE, found.length);
    more.hidden = shown >= found.length;
    more.textContent = `Show ${Math.min(AT_ONCE, found.length - shown)} more of ${(found.length - shown).toLocaleString("en")}`;
  }

  function said(chars, span) {
    return span.parts.map(([start, end]) => chars.slice(start, end).join("")).join(" … ");
  }

  function render(item, hits) {
    const chars = Array.from(item.text); // offsets count characters, not the halves of astral ones
    const run = runs[item.run];
    const place = [corpora.length > 1 ? corpora[run.corpus] : "", run.name, item.document].filter(Boolean).join(" · ");
    const where = element("p", "where", element("b", "", systems[run.system]), place ? ` · ${place} ` : "");
    for (const [kind, gold, guess] of hits) {
      const texts = [gold >= 0 ? said(chars, item.gold[gold]) : "", guess >= 0 ? said(chars, item.found[guess]) : ""];
      const text = texts[0] && texts[1] && texts[0] !== texts[1] ? `${texts[0]} → ${texts[1]}` : texts[0] || texts[1];
      where.append(" ", element("span", "kind", `${kinds[kind]}: ${text}`));
    }
    return element("li", "case", where, sentence(item, chars));
  }

  function sentence(item, chars) {
    const cuts = new Set([0, chars.length]);
    const pieces = [];
    for (const [side, spans] of [["gold", item.gold], ["found", item.found]]) {
      for (const span of spans) {
        span.parts.forEach(([start, end], i) => {
          cuts.add(start).add(end);
          pieces.push({ side, span, start, end, last: i === span.parts.length - 1 });
        });
      }
    }
    const edges = [...cuts].sort((a, b) => a - b);
    const node = element("p", "sentence", item.before ? "… " : "");
    for (let i = 0; i + 1 < edges.length; i++) {
      const [start, end] = [edges[i], edges[i + 1]];
      const text = chars.slice(start, end).join("");
      const over = pieces.filter((piece) => piece.start <= start && end <= piece.end);
      if (!over.length) {
        node.append(text);
        continue;
      }
      const names = new Set(over.map((piece) => piece.side));
      const frames = over.filter((piece) => piece.side === "gold");
      if (over.every((piece) => piece.span.right)) names.add("right");
      if (frames.some((piece) => piece.start === start)) names.add("opens");
      if (frames.some((piece) => piece.end === end)) names.add("closes");
      node.append(element("mark", [...names].join(" "), text));
      for (const { side, span } of over.filter((piece) => piece.end === end && piece.last)) {
        if (span.right && side === "found") continue; // the gold span says the same
        const twin = span.right ? item.found.find((other) => other.right && String(other.parts) === String(span.parts) && other.label === span.label) : span;
        const score = twin && typeof twin.score === "number" ? ` ${twin.score.toFixed(2)}` : "";
        const tag = element("span", `tag of-${span.right ? "both" : side}`, labels[span.label] + score);
        tag.title = span.right ? "found as the gold has it" : side === "gold" ? "in the gold, not found" : "found, not in the gold";
        node.append(tag);
      }
    }
    if (item.after) node.append(" …");
    return node;
  }

  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", select);
  controls.addEventListener("reset", () => setTimeout(select));
  more.addEventListener("click", show);
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      controls.elements.search.focus();
    }
  });
  controls.hidden = false;
  select();
})();
