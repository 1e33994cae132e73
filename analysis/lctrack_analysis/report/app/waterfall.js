"use strict";
// The runs of a trace as a tree with a bar for each: where it starts, how long it takes, when its first token came.

(() => {
  const { el } = lctrack;
  const HEIGHT = 29, BEYOND = 10; // pixels of a row, and rows that are drawn beyond those in sight
  const MOST_PRINTED = 500;
  const MOST_INDENTS = 24;

  const facts = (run) => [run.kind, run.model, run.total_tokens ? `${lctrack.count(run.total_tokens)} tokens` : "", run.error_type].filter(Boolean).map(lctrack.short).join(" · ");

  // `choose` is called with a run; gives {element, draw(all), select(run_id), zoom(factor), reset(), closer()}. Of many
  // runs those in sight are drawn.
  lctrack.waterfall = (trace, choose) => {
    const { runs } = trace;
    const length = Math.max(trace.length ?? 0, 1e-6);
    const closed = new Set();
    let view = [0, length], chosen = 0, drawn = "";
    const hasChildren = (at) => at + 1 < runs.length && runs[at + 1].depth > runs[at].depth;
    const unfolded = () => {
      const found = [];
      let under = Infinity;
      runs.forEach((run, at) => {
        if (run.depth > under) return;
        under = closed.has(at) ? run.depth : Infinity;
        found.push(at);
      });
      return found;
    };
    let rows = unfolded(); // places of the runs that are not folded away
    let rowOf = new Map(rows.map((at, row) => [at, row]));

    const axis = el("div", { class: "axis", "aria-hidden": "true" });
    const inside = el("div", { class: "tree-rows", role: "none" });
    const list = el("div", { class: "tree", role: "tree", tabindex: 0, "aria-label": "Runs; arrow keys choose, left and right fold" }, inside);
    const left = el("p", { class: "quiet print-only" });

    const bar = (run) => {
      const track = el("div", { class: "track" });
      if (run.offset === undefined) return track;
      const scale = 100 / (view[1] - view[0]);
      const end = run.duration_ms === undefined ? length : run.offset + run.duration_ms;
      const from = Math.max(run.offset, view[0]), to = Math.min(end, view[1]);
      if (from > view[1] || to < view[0]) return track;
      const shape = el("div", { class: `bar ${lctrack.kindClass(run.kind)} bar-${run.status === "error" ? "error" : run.status === "open" ? "open" : "ok"}`, title: `starts after ${lctrack.duration(run.offset)}, takes ${lctrack.duration(run.duration_ms) || "until the end of the trace"}` });
      shape.dataset.offset = run.offset;
      shape.dataset.duration = end - run.offset;
      shape.style.left = `${(from - view[0]) * scale}%`;
      shape.style.width = `max(2px, ${(to - from) * scale}%)`;
      track.append(shape);
      const token = run.time_to_first_token_ms === undefined ? null : run.offset + run.time_to_first_token_ms;
      if (token !== null && token >= view[0] && token <= view[1]) {
        const mark = el("div", { class: "first-token", title: `first token after ${lctrack.duration(run.time_to_first_token_ms)}` });
        mark.style.left = `${(token - view[0]) * scale}%`;
        track.append(mark);
      }
      return track;
    };

    const item = (row) => {
      const at = rows[row], run = runs[at];
      const name = el("span", { class: "name", dir: "auto", text: lctrack.short(run.name ?? run.kind ?? run.run_id) });
      const label = el("div", { class: "label" },
        el("span", { class: "fold", "aria-hidden": "true", text: hasChildren(at) ? (closed.has(at) ? "▸" : "▾") : "" , on: { click: (event) => { event.stopPropagation(); fold(at, !closed.has(at)); } } }),
        el("span", { class: `dot ${lctrack.kindClass(run.kind)}`, "aria-hidden": "true" }), name, run.status !== "ok" && lctrack.status(run.status));
      label.style.paddingInlineStart = `${Math.min(run.depth, MOST_INDENTS) * 14}px`;
      return el("div", {
        role: "treeitem", class: `run${at === chosen ? " chosen" : ""}`, "aria-level": run.depth + 1, "aria-selected": at === chosen ? "true" : "false",
        "aria-expanded": hasChildren(at) ? String(!closed.has(at)) : null, id: `run-${at}`, on: { click: () => pick(at) },
      }, label, bar(run), el("span", { class: "facts-line", text: facts(run) }), el("span", { class: "took number", text: lctrack.duration(run.duration_ms) }));
    };

    const draw = (all) => {
      inside.style.height = all ? "auto" : `${rows.length * HEIGHT}px`; // first, for it tells how many rows are in sight
      const from = all ? 0 : Math.max(Math.floor(list.scrollTop / HEIGHT) - BEYOND, 0);
      const to = Math.min(all ? MOST_PRINTED : from + Math.ceil((list.clientHeight || 600) / HEIGHT) + 2 * BEYOND, rows.length);
      const now = `${from} ${to} ${chosen} ${view}`;
      if (now === drawn) return;
      drawn = now;
      inside.style.paddingTop = `${from * HEIGHT}px`;
      inside.replaceChildren(...Array.from({ length: to - from }, (_, place) => item(from + place)));
      left.textContent = to < rows.length ? `The first ${to} of ${lctrack.count(rows.length)} runs.` : "";
      if (rowOf.has(chosen)) list.setAttribute("aria-activedescendant", `run-${chosen}`);
      axis.style.paddingInlineEnd = `${list.offsetWidth - list.clientWidth}px`;
      axis.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map((part) => el("span", { text: lctrack.duration(view[0] + (view[1] - view[0]) * part) || "0 ms" })));
    };
    const fold = (at, close) => {
      if (close) closed.add(at);
      else closed.delete(at);
      rows = unfolded();
      rowOf = new Map(rows.map((each, row) => [each, row]));
      drawn = "";
      draw();
    };
    const pick = (at) => {
      chosen = at;
      const top = (rowOf.get(at) ?? 0) * HEIGHT;
      if (top < list.scrollTop) list.scrollTop = top;
      if (top + HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + HEIGHT - list.clientHeight;
      draw();
      choose(runs[at]);
    };
    const parent = (at) => {
      let before = at;
      while (before > 0 && runs[before].depth >= runs[at].depth) before--;
      return runs[before].depth < runs[at].depth ? before : at;
    };
    const leap = () => Math.max(Math.floor(list.clientHeight / HEIGHT) - 2, 1);
    list.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const row = rowOf.get(chosen) ?? 0;
      const go = (to) => pick(rows[Math.min(Math.max(to, 0), rows.length - 1)]);
      const KEYS = {
        ArrowDown: () => go(row + 1), ArrowUp: () => go(row - 1), PageDown: () => go(row + leap()), PageUp: () => go(row - leap()),
        Home: () => go(0), End: () => go(rows.length - 1),
        ArrowLeft: () => (hasChildren(chosen) && !closed.has(chosen) ? fold(chosen, true) : pick(parent(chosen))),
        ArrowRight: () => (closed.has(chosen) ? fold(chosen, false) : hasChildren(chosen) ? go(row + 1) : null),
        Enter: () => pick(chosen),
      };
      if (!Object.hasOwn(KEYS, event.key)) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    list.addEventListener("scroll", () => requestAnimationFrame(() => draw()), { passive: true });
    new ResizeObserver(() => draw()).observe(list);

    const zoom = (factor) => {
      const run = runs[chosen];
      const middle = factor < 1 && run.offset !== undefined ? run.offset + (run.duration_ms ?? 0) / 2 : (view[0] + view[1]) / 2;
      const width = Math.min((view[1] - view[0]) * factor, length);
      const from = Math.min(Math.max(middle - width / 2, 0), length - width);
      view = [from, from + width];
      draw();
    };
    const closer = () => {
      const run = runs[chosen];
      if (run.offset === undefined) return;
      const edge = Math.max(run.duration_ms ?? length - run.offset, length / 1e6);
      view = [Math.max(run.offset - edge * 0.05, 0), Math.min(run.offset + edge * 1.05, length)];
      draw();
    };
    return {
      element: el("div", { class: "waterfall" }, axis, list, left), draw,
      select: (id) => pick(Math.max(runs.findIndex((run) => run.run_id === id), 0)),
      zoom, closer, reset: () => { view = [0, length]; draw(); },
    };
  };
})();
