"use strict";
// Long lists filtered and sorted in slices, so that the page goes on answering meanwhile.

(() => {
  const SLICE = 10; // milliseconds without a pause
  const PORTION = 2000;

  // Gives something to await after each portion; throws `gone` when the work is not wanted any more.
  const pauses = (isWanted) => {
    let began = performance.now();
    return async () => {
      if (performance.now() - began < SLICE) return;
      await new Promise((go) => setTimeout(go));
      if (!isWanted()) throw pauses.gone;
      began = performance.now();
    };
  };
  pauses.gone = new Error("something else was asked for");

  const merged = async (a, b, compare, pause) => {
    const all = [];
    let x = 0, y = 0;
    while (x < a.length || y < b.length) {
      all.push(y >= b.length || (x < a.length && compare(a[x], b[y]) <= 0) ? a[x++] : b[y++]);
      if (all.length % PORTION === 0) await pause();
    }
    return all;
  };

  // The rows for which `keeps` holds, in order where `compare` is given; null when another list was asked for meanwhile.
  lctrack.ordered = async (rows, keeps, compare, isWanted) => {
    const pause = pauses(isWanted);
    try {
      let parts = [];
      for (let from = 0; from < rows.length; from += PORTION) {
        const part = rows.slice(from, from + PORTION).filter(keeps);
        parts.push(compare ? part.sort(compare) : part);
        if (rows.length > PORTION) await pause();
      }
      if (!compare) return parts.flat();
      while (parts.length > 1) {
        const next = [];
        for (let at = 0; at < parts.length; at += 2) next.push(at + 1 < parts.length ? await merged(parts[at], parts[at + 1], compare, pause) : parts[at]);
        parts = next;
      }
      return parts[0] ?? [];
    } catch (error) {
      if (error === pauses.gone) return null;
      throw error;
    }
  };
})();
