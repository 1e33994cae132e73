"use strict";
// How numbers, durations and times are written.

(() => {
  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

  lctrack.count = (value) => (isNumber(value) ? value.toLocaleString("en") : "");

  lctrack.number = (value) => {
    if (!isNumber(value)) return "";
    if (Number.isInteger(value)) return value.toLocaleString("en");
    return Math.abs(value) >= 0.001 ? value.toLocaleString("en", { maximumFractionDigits: 3 }) : value.toPrecision(3);
  };

  lctrack.cost = (value) => (isNumber(value) ? `$${value < 0.01 && value > 0 ? value.toPrecision(2) : value.toFixed(2)}` : "");

  lctrack.duration = (ms) => {
    if (!isNumber(ms)) return "";
    if (ms < 100) return `${Number(ms.toPrecision(3))} ms`;
    if (ms < 1000) return `${ms.toFixed(0)} ms`;
    if (ms < 60000) return `${(ms / 1000).toFixed(2)} s`;
    const minutes = Math.floor(ms / 60000);
    if (minutes < 60) return `${minutes} min ${Math.round((ms % 60000) / 1000)} s`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };

  const pad = (value, width = 2) => String(value).padStart(width, "0");
  const date = (moment) => `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
  const clock = (moment) => `${pad(moment.getHours())}:${pad(moment.getMinutes())}:${pad(moment.getSeconds())}`;

  // A time in the reader's zone, to the millisecond where that is wanted.
  lctrack.localTime = (ms, exact) => {
    if (!isNumber(ms)) return "";
    const moment = new Date(ms);
    return `${date(moment)} ${clock(moment)}${exact ? `.${pad(moment.getMilliseconds(), 3)}` : ""}`;
  };

  lctrack.utc = (ms) => (isNumber(ms) ? `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")} UTC` : "");

  // The same as an element that tells UTC where a pointer rests on it.
  lctrack.time = (ms, exact) =>
    isNumber(ms)
      ? lctrack.el("time", { datetime: new Date(ms).toISOString(), title: lctrack.utc(ms), text: lctrack.localTime(ms, exact) })
      : "";

  lctrack.KINDS = { llm: "model", chat_model: "model", tool: "tool", retriever: "retriever", agent: "agent" };
  lctrack.kindClass = (kind) => `kind-${Object.hasOwn(lctrack.KINDS, kind) ? lctrack.KINDS[kind] : "other"}`;

  const STATUS = { ok: "✓", error: "✗", open: "…", interrupted: "⏸" };
  lctrack.status = (status) =>
    lctrack.el("span", {
      class: `status status-${Object.hasOwn(STATUS, status) ? status : "other"}`,
      text: `${Object.hasOwn(STATUS, status) ? STATUS[status] : ""} ${status ?? ""}`,
    });
})();
