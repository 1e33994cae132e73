"use strict";
// The table of traces: as many as there are, of which those in sight are drawn. Sort, filter, search, keys.

(() => {
  const { el } = lctrack;
  const HEIGHT = 30, BEYOND = 8, MOST_PRINTED = 500;
  const COLUMNS = [
    ["start", "Start", (trace) => lctrack.time(trace.start)],
    ["name", "Name", (trace) => lctrack.short(trace.name ?? trace.id)],
    ["status", "Status", (trace) => lctrack.status(trace.status)],
    ["duration", "Duration", (trace) => lctrack.duration(trace.duration)],
    ["first_token", "First token", (trace) => lctrack.duration(trace.first_token)],
    ["runs", "Runs", (trace) => lctrack.count(trace.runs)],
    ["tokens", "Tokens", (trace) => lctrack.count(trace.tokens)],
    ["cost", "Cost", (trace) => lctrack.cost(trace.cost)],
    ["input", "Input", (trace) => trace.input],
    ["output", "Output", (trace) => trace.output],
  ];
  const NUMBERS = new Set(["start", "duration", "first_token", "runs", "tokens", "cost"]);
  const SQL = { start: "start_time", duration: "duration_ms", first_token: "time_to_first_token_ms", tokens: "total_tokens", input: "inputs", output: "outputs" };

  // Compares by a column; what has no value is last either way.
  const order = (column, down) => (a, b) => {
    const [x, y] = [a[column] ?? null, b[column] ?? null];
    if (x === y) return 0;
    if (x === null || x === "") return 1;
    if (y === null || y === "") return -1;
    return (x < y ? -1 : 1) * (down ? -1 : 1);
  };

  const sqlOf = ({ q, status, session, sort, down }) => {
    const words = (q || "").toLowerCase().split(/\s+/).filter(Boolean);
    const conditions = words.map((word) => `contains(lower(concat_ws(' ', name, trace_id, inputs, outputs, error_type, error_message)), ${lctrack.quoted(word)})`);
    if (status) conditions.push(`status = ${lctrack.quoted(status)}`);
    if (session) conditions.push(`session_id = ${lctrack.quoted(session)}`);
    return `FROM traces${conditions.length ? ` WHERE ${conditions.join(" AND ")}` : ""} ORDER BY ${SQL[sort] ?? sort}${down ? " DESC" : ""} NULLS LAST`;
  };

  lctrack.views.traces = async (page, parts, parameters) => {
    const index = lctrack.index();
    const sessions = await lctrack.load("sessions");
    const asked = {
      q: parameters.get("q") ?? "", status: parameters.get("status") ?? "", session: parameters.get("session") ?? "",
      sort: COLUMNS.some(([name]) => name === parameters.get("sort")) ? parameters.get("sort") : "start",
      down: parameters.get("down") !== "0",
    };
    const wanted = asked.session ? sessions.findIndex((session) => session.session_id === asked.session) : null;
    let found = [], chosen = 0, drawn = "", asking = 0;

    const search = el("input", { type: "search", id: "search", placeholder: "name, input, output, error, id", autocomplete: "off" });
    search.value = asked.q;
    const status = el("select", { id: "status" }, ["", "ok", "error", "open", "interrupted"].map((value) => el("option", { value, text: value || "any" })));
    status.value = asked.status;
    const count = el("p", { class: "quiet", role: "status" });
    const heads = COLUMNS.map(([name, label]) => el("div", { role: "columnheader", class: `cell cell-${name}`, "aria-sort": "none" },
      el("button", { type: "button", text: label, on: { click: () => sortBy(name) } })));
    const rows = el("div", { class: "rows", role: "rowgroup" });
    const grid = el("div", { class: "grid", role: "grid", tabindex: 0, "aria-label": "Traces; arrow keys choose, Enter opens" },
      el("div", { role: "rowgroup", class: "heads" }, el("div", { role: "row", class: "row head" }, heads)), rows);

    const matches = () => {
      const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
      return (trace) => (!asked.status || trace.status === asked.status) && (wanted === null || trace.session === wanted) && words.every((word) => trace.words.includes(word));
    };
    const choose = async () => {
      const mine = ++asking;
      const isOrdered = asked.sort === "start" && asked.down; // as the index is
      const chosenNow = await lctrack.ordered(index.rows, matches(), isOrdered ? null : order(asked.sort, asked.down), () => mine === asking);
      if (!chosenNow || mine !== asking) return;
      found = chosenNow;
      chosen = Math.min(chosen, Math.max(found.length - 1, 0));
      drawn = "";
      heads.forEach((head, at) => head.setAttribute("aria-sort", COLUMNS[at][0] !== asked.sort ? "none" : asked.down ? "descending" : "ascending"));
      const all = lctrack.meta.traces;
      count.textContent = `${lctrack.count(found.length)} of ${lctrack.count(all)} traces${index.whole ? "" : `, ${lctrack.count(index.rows.length)} read so far`}`;
      grid.setAttribute("aria-rowcount", found.length + 1);
      draw();
    };
    const printed = el("p", { class: "print-only" });
    const draw = (all) => {
      const from = all ? 0 : Math.max(Math.floor(grid.scrollTop / HEIGHT) - BEYOND, 0);
      const to = Math.min(all ? MOST_PRINTED : from + Math.ceil((grid.clientHeight || 600) / HEIGHT) + 2 * BEYOND, found.length);
      printed.textContent = to < found.length ? `The first ${lctrack.count(to)} of ${lctrack.count(found.length)} traces.` : "";
      const now = `${from} ${to} ${chosen}`;
      if (now === drawn) return;
      drawn = now;
      rows.style.height = `${found.length * HEIGHT}px`;
      rows.replaceChildren(...found.slice(from, to).map((trace, at) => {
        const place = from + at;
        const row = el("div", { role: "row", class: `row${place === chosen ? " chosen" : ""}`, id: `row-${place}`, "aria-rowindex": place + 2, "aria-selected": place === chosen ? "true" : "false", on: { click: () => open(place) } },
          COLUMNS.map(([name, , shown]) => {
            const value = shown(trace);
            const attributes = { role: "gridcell", class: `cell cell-${name}${NUMBERS.has(name) ? " number" : ""}`, dir: NUMBERS.has(name) ? null : "auto" };
            return value instanceof Node ? el("div", attributes, value) : el("div", { ...attributes, text: value ?? "" });
          }));
        row.style.top = `${place * HEIGHT}px`;
        return row;
      }));
      if (found.length) grid.setAttribute("aria-activedescendant", `row-${chosen}`);
      else grid.removeAttribute("aria-activedescendant");
    };
    const open = (place) => {
      if (found[place]) location.hash = lctrack.address(["trace", found[place].id]);
    };
    const move = (place) => {
      chosen = Math.min(Math.max(place, 0), Math.max(found.length - 1, 0));
      const top = chosen * HEIGHT, head = HEIGHT;
      if (top < grid.scrollTop) grid.scrollTop = top;
      if (top + HEIGHT + head > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + HEIGHT + head - grid.clientHeight;
      draw();
    };
    const noted = () => {
      lctrack.note({ q: asked.q, status: asked.status, sort: asked.sort === "start" ? "" : asked.sort, down: asked.down ? "" : "0" });
      chosen = 0;
      grid.scrollTop = 0;
      choose();
    };
    const sortBy = (name) => {
      asked.down = asked.sort === name ? !asked.down : NUMBERS.has(name);
      asked.sort = name;
      noted();
    };

    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        asked.q = search.value;
        noted();
      }, 120);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") {
        event.preventDefault();
        grid.focus();
      }
    });
    status.addEventListener("change", () => {
      asked.status = status.value;
      noted();
    });
    const leap = () => Math.max(Math.floor(grid.clientHeight / HEIGHT) - 2, 1);
    const KEYS = {
      ArrowDown: () => move(chosen + 1), ArrowUp: () => move(chosen - 1), PageDown: () => move(chosen + leap()), PageUp: () => move(chosen - leap()),
      Home: () => move(0), End: () => move(found.length - 1), Enter: () => open(chosen),
    };
    grid.addEventListener("keydown", (event) => {
      if (event.target !== grid || !Object.hasOwn(KEYS, event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    grid.addEventListener("scroll", () => requestAnimationFrame(() => draw()), { passive: true });
    const resized = () => draw();
    window.addEventListener("resize", resized);
    lctrack.printing = draw;

    let late = 0;
    const listener = () => {
      if (!late || index.whole) {
        clearTimeout(late);
        late = setTimeout(() => {
          late = 0;
          choose();
        }, index.whole || index.rows.length <= 1000 ? 0 : 400);
      }
    };
    index.listeners.add(listener);
    lctrack.leave = () => {
      index.listeners.delete(listener);
      window.removeEventListener("resize", resized);
      asking++;
      clearTimeout(late);
    };

    const session = wanted !== null && wanted >= 0 ? sessions[wanted] : null;
    lctrack.add(page,
      el("h1", { text: "Traces" }),
      session && el("p", {}, "of the session ", el("strong", { text: lctrack.sessionName(session), dir: "auto" }), " ", lctrack.link("(all traces)", ["traces"])),
      el("div", { class: "tools" },
        el("label", { for: "search" }, "Search ", search), el("label", { for: "status" }, "Status ", status), count),
      grid, printed,
      el("p", { class: "quiet", text: "/ goes to the search, arrow keys choose a trace, Enter opens it." }),
      lctrack.sqlOf(() => sqlOf(asked)));
    page.addEventListener("shown", choose);
  };
})();
