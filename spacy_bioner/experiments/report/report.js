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

  // An error is [kind, gold or -1, found or -1]: numbers of spans or, in a case that has `spans` of its own, of relations.
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
      const told = item.spans ? (arc) => related(chars, item, arc) : (span) => said(chars, span);
      const texts = [gold >= 0 ? told(item.gold[gold]) : "", guess >= 0 ? told(item.found[guess]) : ""];
      const joint = item.spans ? ", found " : " → ";
      const text = texts[0] && texts[1] && texts[0] !== texts[1] ? texts.join(joint) : texts[0] || texts[1];
      where.append(" ", element("span", "kind", `${kinds[kind]}: ${text}`));
    }
    return element("li", "case", where, item.spans ? relations(item, chars) : sentence(item, chars));
  }

  function related(chars, item, arc) {
    const [head, tail] = [arc.head, arc.tail].map((i) => (i >= 0 ? said(chars, item.spans[i]) : "?"));
    return `${head} —${labels[arc.label]}→ ${tail}`;
  }

  // The sentence with the mentions of its relations, each relation an arc from head to tail: see `draw`.
  function relations(item, chars) {
    const edges = [...new Set([0, chars.length, ...item.spans.flatMap((span) => span.parts.flat())])].sort((a, b) => a - b);
    const node = element("p", "sentence related", item.before ? "… " : "");
    const marks = item.spans.map(() => []);
    for (let i = 0; i + 1 < edges.length; i++) {
      const [start, end] = [edges[i], edges[i + 1]];
      const text = chars.slice(start, end).join("");
      const over = item.spans.filter((span) => span.parts.some(([a, b]) => a <= start && end <= b));
      if (!over.length) {
        node.append(text);
        continue;
      }
      const mark = element("mark", "right", text);
      mark.title = over.map((span) => labels[span.label]).join(", ");
      for (const span of over) marks[item.spans.indexOf(span)].push(mark);
      node.append(mark);
    }
    if (item.after) node.append(" …");
    const same = (a, b) => a.head === b.head && a.tail === b.tail && a.label === b.label;
    const arcs = [
      ...item.gold.filter((arc) => !arc.right).map((arc) => ({ ...arc, side: "gold" })),
      ...item.found.map((arc) => ({ ...arc, side: arc.right ? "both" : "found" })),
      ...item.gold.filter((arc) => arc.right && !item.found.some((other) => same(arc, other))).map((arc) => ({ ...arc, side: "both" })),
    ].filter((arc) => arc.head >= 0 && arc.tail >= 0);
    drawings.set(node, { arcs, marks });
    observer.observe(node);
    return node;
  }

  const SVG = "http://www.w3.org/2000/svg";
  const drawings = new WeakMap();
  const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => draw(target)));

  function shape(tag, attributes, text = "") {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.textContent = text;
    return node;
  }

  // Arcs stand above the line; of two mentions on several lines, the arc goes from the one down to the other.
  function draw(node) {
    if (!node.isConnected) {
      observer.unobserve(node); // another choice has taken it off the page
      return;
    }
    const { arcs, marks } = drawings.get(node);
    const own = node.getBoundingClientRect();
    const places = marks.map(([first]) => {
      const box = first.getClientRects()[0];
      return { x: (box.left + box.right) / 2 - own.left, top: box.top - own.top, bottom: box.bottom - own.top };
    });
    const svg = shape("svg", { class: "arcs", width: own.width, height: own.height });
    const used = []; // [left, right, level, top] of arcs in one line, the narrow ones first
    const wide = (arc) => Math.abs(places[arc.head].x - places[arc.tail].x);
    for (const arc of [...arcs].sort((a, b) => wide(a) - wide(b))) {
      const [from, to] = [places[arc.head], places[arc.tail]];
      const one = Math.abs(from.top - to.top) < 4;
      let path, x, y, tipX = to.x;
      if (one) {
        const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
        const levels = used.filter(([a, b, , top]) => top === from.top && a < right && left < b).map(([, , level]) => level);
        const level = Math.min(2, Math.max(-1, ...levels) + 1);
        used.push([left, right, level, from.top]);
        const height = 13 + 11 * level;
        const bend = Math.min(8, (right - left) / 3);
        const step = to.x < from.x ? -bend : bend;
        path = `M${from.x} ${from.top} C${from.x} ${from.top - height} ${from.x} ${from.top - height} ${from.x + step} ${from.top - height} L${to.x - step} ${to.top - height} C${to.x} ${to.top - height} ${to.x} ${to.top - height} ${to.x} ${to.top - 1}`;
        [x, y] = [(left + right) / 2, from.top - height];
      } else {
        const down = from.top < to.top;
        const [a, b] = down ? [from.bottom, to.top - 1] : [from.top, to.bottom + 1];
        const pair = [Math.min(arc.head, arc.tail), Math.max(arc.head, arc.tail), "lines"];
        const before = used.filter((other) => String(other) === String(pair)).length; // others of these two mentions
        used.push(pair);
        const middle = (a + b) / 2 + 10 * before - 5;
        tipX += 12 * before;
        path = `M${from.x + 12 * before} ${a} C${from.x + 12 * before} ${middle} ${tipX} ${middle} ${tipX} ${b}`;
        [x, y] = [(from.x + tipX) / 2 + 24 * before, middle];
      }
      const group = shape("g", { class: `arc of-${arc.side}` });
      const angle = one || from.top < to.top ? 1 : -1;
      const tip = one || angle > 0 ? to.top : to.bottom;
      const head = `M${tipX - 3.5} ${tip - 6 * angle} L${tipX} ${tip} L${tipX + 3.5} ${tip - 6 * angle}`;
      const score = typeof arc.score === "number" ? ` ${arc.score.toFixed(2)}` : "";
      group.append(shape("path", { class: "line", d: path }), shape("path", { class: "tip", d: head }));
      group.append(shape("text", { x, y: y + 3 }, labels[arc.label] + score));
      svg.append(group);
    }
    node.querySelector("svg.arcs")?.remove();
    node.append(svg);
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
