"use strict";
// The tables of the logs, a piece at a time.

(() => {
  const { el } = lctrack;

  // What a person reads comes first, what only machines do comes last.
  const LAST = ["session_id", "run_id", "prompt_index", "generation_index", "segment", "seq"];
  const rank = (name) => (name === "trace_id" ? -1 : LAST.indexOf(name) + 1);

  lctrack.views.tables = async (page) => {
    lctrack.add(page, el("h1", { text: "Tables" }), el("ul", { class: "choices" }, Object.entries(lctrack.meta.tables).map(([name, table]) =>
      el("li", {}, lctrack.link(name, ["table", name]), el("span", { class: "quiet", text: ` ${lctrack.count(table.rows)} ${table.rows === 1 ? "row" : "rows"}: ${table.about}` })))));
  };

  const cell = (value, [name, , type]) => {
    if (value === null || value === undefined) return "";
    if (name === "trace_id") {
      const link = lctrack.link(value, ["trace", value]);
      link.className = "id";
      link.title = lctrack.plain(value);
      return link;
    }
    if (type.startsWith("TIMESTAMP")) return lctrack.time(value, true);
    if (name === "cost") return lctrack.cost(value);
    if (typeof value === "number") return /(_at|_index|^line|byte_offset|step)$/.test(name) ? String(value) : lctrack.number(value);
    const text = Array.isArray(value) ? value.join(", ") : String(value);
    return text.length > 80 || text.includes("\n") ? el("div", { class: "clipped", tabindex: 0, dir: "auto", text }) : text;
  };

  lctrack.views.table = async (page, [name], parameters) => {
    if (!Object.hasOwn(lctrack.meta.tables, name ?? "")) throw new Error("There is no such table in this report.");
    const table = lctrack.meta.tables[name];
    const pages = Math.max(Math.ceil(table.shown / table.piece), 1);
    const at = Math.min(Math.max(Number(parameters.get("page") ?? 1) || 1, 1), pages);
    const rows = table.shown ? await lctrack.load(`table-${name}-${at - 1}`) : [];
    const used = table.columns.map((_, place) => rows.some((row) => row[place] !== null));
    const kept = table.columns.map((column, place) => [column, place]).filter(([, place]) => used[place])
      .sort(([[a]], [[b]]) => rank(a) - rank(b));
    const to = (number, text) => (number < 1 || number > pages ? el("span", { class: "quiet", text }) : lctrack.link(text, ["table", name], { page: number }));
    lctrack.add(page, el("h1", { text: name === "problems" ? "Problems" : name }),
      el("p", { class: "quiet", text: name === "problems" ? "Lines of the logs that could not be used; everything else was." : `One row for ${table.about}. Columns without a value on this page are left out.` }),
      table.rows > table.shown ? el("p", { text: `The first ${lctrack.count(table.shown)} of ${lctrack.count(table.rows)} rows; lctrack-analyze with --table ${name} gives all.` }) : null,
      pages > 1 ? el("nav", { class: "pages", "aria-label": "Pages of the table" }, to(at - 1, "Previous"), ` page ${at} of ${pages} `, to(at + 1, "Next")) : null,
      lctrack.table(name, kept.map(([[column, doc]]) => [column, doc]), rows.map((row) => kept.map(([column, place]) => cell(row[place], column)))),
      lctrack.sqlOf(() => `${table.sql} LIMIT ${table.piece} OFFSET ${(at - 1) * table.piece}`));
  };
})();
