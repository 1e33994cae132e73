"use strict";
// Small tables, and facts as a list.

(() => {
  const { el } = lctrack;

  const cell = (tag, value, attributes) =>
    value instanceof Node ? el(tag, attributes, value) : el(tag, { ...attributes, text: value ?? "" });
  const isNumeric = (value) => typeof value === "string" && /^[-+$]?[0-9][0-9.,]*(e[-+]?[0-9]+)?( (ms|s|%))?$/.test(value);

  // A table that can be scrolled sideways; cells are text or elements.
  lctrack.table = (caption, columns, rows) => {
    if (!rows.length) return el("p", { class: "none", text: "There is none." });
    const numeric = columns.map((_, at) => rows.every((row) => isNumeric(row[at]) || row[at] === "" || row[at] === null) && rows.some((row) => row[at]));
    const head = columns.map((column, at) => {
      const [name, about] = Array.isArray(column) ? column : [column, null];
      return cell("th", name, { scope: "col", title: about, class: numeric[at] ? "number" : null });
    });
    const body = rows.map((row) => el("tr", {}, row.map((value) => cell("td", value, isNumeric(value) ? { class: "number" } : { dir: "auto" }))));
    return el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": lctrack.plain(caption) },
      el("table", {}, el("caption", { class: "unseen", text: caption }), el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
  };

  // Names and values; those without a value are left out.
  lctrack.facts = (pairs) =>
    el("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) =>
      el("div", {}, el("dt", { text: name }), cell("dd", value, { dir: "auto" }))));
})();
