"use strict";
// The runs of a trace as a tree with a bar for each: where it starts, how long it takes, when its first token came.

(() => {
  const { el } = lctrack;
  const STEP = 500; // rows drawn at once
  const MOST_INDENTS = 24;

  const facts = (run) => [run.kind, run.model, run.total_tokens ? `${lctrack.count(run.total_tokens)} tokens` : "", run.error_type].filter(Boolean).map(lctrack.short).join(" · ");

  // `choose` is called with a run; gives {element, select(run_id), zoom(factor), reset(), closer()}.
  lctrack.waterfall = (trace, choose) => {
    const { runs } = trace;
    const length = Math.max(trace.length ?? 0, 1e-6);
    const closed = new Set();
    let view = [0, length], chosen = 0, limit = STEP;
    const hasChildren = (at) => at + 1 < runs.length && runs[at + 1].depth > runs[at].depth;
    const visible = () => {
      const found = [];
      let under = Infinity;
      runs.forEach((run, at) => {
        if (run.depth > under) return;
        under = closed.has(at) ? run.depth : Infinity;
        found.push(at);
      });
      return found;
    };

    const axis = el("div", { class: "axis", "aria-hidden": "true" });
    const list = el("div", { class: "tree", role: "tree", "aria-label": "Runs; arrow keys choose, left and right fold" });
    const more = el("button", { type: "button", text: "Show more runs", on: { click: () => { limit += STEP; draw(); } } });

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

    const item = (at) => {
      const run = runs[at];
      const name = el("span", { class: "name", dir: "auto", text: lctrack.short(run.name ?? run.kind ?? run.run_id) });
      const label = el("div", { class: "label" },
        el("span", { class: "fold", "aria-hidden": "true", text: hasChildren(at) ? (closed.has(at) ? "▸" : "▾") : "" , on: { click: (event) => { event.stopPropagation(); fold(at, !closed.has(at)); } } }),
        el("span", { class: `dot ${lctrack.kindClass(run.kind)}`, "aria-hidden": "true" }), name, run.status !== "ok" && lctrack.status(run.status));
      label.style.paddingInlineStart = `${Math.min(run.depth, MOST_INDENTS) * 14}px`;
      return el("div", {
        role: "treeitem", class: `run${at === chosen ? " chosen" : ""}`, "aria-level": run.depth + 1, "aria-selected": at === chosen ? "true" : "false",
        "aria-expanded": hasChildren(at) ? String(!closed.has(at)) : null, tabindex: at === chosen ? 0 : -1, id: `run-${at}`, on: { click: () => pick(at) },
      }, label, bar(run), el("span", { class: "facts-line", text: facts(run) }), el("span", { class: "took number", text: lctrack.duration(run.duration_ms) }));
    };

    const draw = () => {
      const rows = visible();
      list.replaceChildren(...rows.slice(0, limit).map(item));
      more.hidden = rows.length <= limit;
      axis.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map((part) => el("span", { text: lctrack.duration(view[0] + (view[1] - view[0]) * part) || "0 ms" })));
    };
    const fold = (at, close) => {
      if (close) closed.add(at);
      else closed.delete(at);
      draw();
      focus();
    };
    const focus = () => list.querySelector(`#run-${chosen}`)?.focus({ preventScroll: false });
    const pick = (at, quiet) => {
      chosen = at;
      while (visible().indexOf(at) >= limit) limit += STEP;
      draw();
      if (!quiet) focus();
      choose(runs[at]);
    };
    list.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const rows = visible(), place = rows.indexOf(chosen);
      const parent = () => rows.slice(0, place).reverse().find((at) => runs[at].depth < runs[chosen].depth) ?? chosen;
      const KEYS = {
        ArrowDown: () => pick(rows[Math.min(place + 1, rows.length - 1)]), ArrowUp: () => pick(rows[Math.max(place - 1, 0)]),
        Home: () => pick(rows[0]), End: () => pick(rows[rows.length - 1]),
        ArrowLeft: () => (hasChildren(chosen) && !closed.has(chosen) ? fold(chosen, true) : pick(parent())),
        ArrowRight: () => (closed.has(chosen) ? fold(chosen, false) : hasChildren(chosen) ? pick(rows[place + 1]) : null),
        Enter: () => pick(chosen),
      };
      if (!Object.hasOwn(KEYS, event.key)) return;
      event.preventDefault();
      KEYS[event.key]();
    });

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
    draw();
    return {
      element: el("div", { class: "waterfall" }, axis, list, more),
      select: (id) => pick(Math.max(runs.findIndex((run) => run.run_id === id), 0), true),
      zoom, closer, reset: () => { view = [0, length]; draw(); },
    };
  };
})();
