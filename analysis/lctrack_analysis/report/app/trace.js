"use strict";
// One trace: its runs on a time line or as a tree, and the details of the one that is chosen.

(() => {
  const { el } = lctrack;

  // Compares as the pieces are sorted: by code points, where JavaScript would take halves of pairs.
  const isAfter = (a, b) => {
    const [x, y] = [Array.from(a), Array.from(b)];
    for (let at = 0; at < Math.min(x.length, y.length); at++) {
      if (x[at] !== y[at]) return x[at].codePointAt(0) > y[at].codePointAt(0);
    }
    return x.length > y.length;
  };

  const pieceOf = async (id) => {
    const firsts = lctrack.meta.places;
    let low = 0, high = firsts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAfter(firsts[middle], id)) high = middle;
      else low = middle + 1;
    }
    if (!low) return -1;
    const [ids, pieces] = await lctrack.load(`places-${low - 1}`);
    return pieces[ids.indexOf(id)] ?? -1;
  };

  lctrack.findTrace = async (id) => {
    const piece = await pieceOf(id);
    const found = piece < 0 ? null : (await lctrack.load(`traces-${piece}`)).find((trace) => trace.id === id);
    return found ? { ...found, piece, runs: lctrack.unpooled(found.runs, found.pool) } : null;
  };

  lctrack.views.trace = async (page, [id], parameters) => {
    const trace = await lctrack.findTrace(id ?? "");
    if (!trace) throw new Error(`There is no trace ${id} in this report.`);
    const sessions = await lctrack.load("sessions");
    const session = sessions.find((each) => each.session_id === trace.session);
    const root = trace.runs[0];
    const beside = el("aside", { class: "details", "aria-label": "Details of the chosen run" });
    const shown = lctrack.waterfall(trace, (run) => {
      beside.replaceChildren(...lctrack.details(run, trace).filter(Boolean));
      lctrack.note({ run: run.run_id });
    });
    const button = (text, act) => el("button", { type: "button", text, on: { click: act } });
    const modes = ["timeline", "tree"].map((mode) => button(mode === "tree" ? "Tree" : "Timeline", () => wear(mode)));
    const wear = (mode) => {
      shown.element.classList.toggle("as-tree", mode === "tree");
      modes.forEach((each, at) => each.setAttribute("aria-pressed", String((at === 1) === (mode === "tree"))));
      lctrack.note({ view: mode === "tree" ? "tree" : "" });
    };
    const tokens = trace.runs.reduce((sum, run) => sum + (run.total_tokens ?? 0), 0);
    lctrack.add(page,
      el("h1", { text: lctrack.short(root?.name ?? trace.id), dir: "auto" }),
      lctrack.facts([
        ["start", lctrack.time(trace.start, true)], ["duration", lctrack.duration(trace.length)], ["status", lctrack.status(root?.status)],
        ["runs", lctrack.count(trace.runs.length)], ["tokens", tokens ? lctrack.count(tokens) : null],
        ["session", session ? lctrack.link(lctrack.sessionName(session), ["traces"], { session: session.session_id }) : null], ["trace", trace.id],
      ]),
      el("div", { class: "tools" }, modes, button("Zoom in", () => shown.zoom(0.5)), button("Zoom out", () => shown.zoom(2)), button("Zoom to the run", shown.closer), button("Whole trace", shown.reset)),
      el("p", { class: "legend kinds", "aria-hidden": "true" }, ["model", "tool", "retriever", "agent", "other"].map((kind) => el("span", {}, el("span", { class: `dot kind-${kind}` }), ` ${kind} `)), "┃ first token"),
      el("div", { class: "trace" }, shown.element, beside),
      lctrack.sqlOf(() => `FROM runs WHERE trace_id = ${lctrack.quoted(trace.id)} ORDER BY start_time, depth, run_id`));
    const [run, view] = [parameters.get("run"), parameters.get("view")];
    page.addEventListener("shown", () => {
      wear(view);
      shown.select(run ?? root?.run_id);
      lctrack.printing = shown.draw;
    });
  };
})();
