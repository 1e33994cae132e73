"use strict";
// The index of traces: its pieces are loaded one after the other, the latest traces first, while the page is in use.

(() => {
  const SEARCHED = ["name", "id", "input", "output", "error"];
  const index = { rows: [], whole: false, listeners: new Set() };
  let started = null;

  // Objects for rows; the words of a row are put together once, for the search.
  const added = (rows, columns) => {
    for (const row of rows) {
      const trace = {};
      columns.forEach((name, at) => (trace[name] = row[at]));
      trace.words = SEARCHED.map((name) => trace[name] ?? "").join(" ").toLowerCase();
      index.rows.push(trace);
    }
  };

  const loadAll = async () => {
    const { pieces, columns } = lctrack.meta.index;
    for (let piece = 0; piece < pieces; piece++) {
      added(await lctrack.load(`index-${piece}`), columns);
      lctrack.forget(`index-${piece}`);
      index.whole = piece === pieces - 1;
      index.listeners.forEach((listener) => listener());
      await new Promise((resolve) => setTimeout(resolve, piece ? 8 : 60)); // so that the page is drawn in between
    }
    if (!pieces) index.whole = true;
  };

  lctrack.index = () => {
    started ??= loadAll();
    return index;
  };
})();
