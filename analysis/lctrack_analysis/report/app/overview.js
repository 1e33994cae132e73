"use strict";
// The first page: totals, how they went over time, models, kinds of runs, complexity, the latest sessions.

(() => {
  const { el } = lctrack;
  const MOST_SESSIONS = 50;

  const overTime = ({ first, width, buckets }) => {
    const length = Math.max(...buckets.map((bucket) => bucket.bucket)) + 1;
    const values = (name, gap) => {
      const found = Array(length).fill(gap);
      for (const bucket of buckets) found[bucket.bucket] = bucket[name];
      return found;
    };
    const place = { first, width, length };
    const bars = (title, name, format) => lctrack.plot({ ...place, title, bars: true, format, series: [{ name: title, values: values(name, 0) }] });
    return [
      bars("Traces", "traces", lctrack.number), bars("Sessions", "sessions", lctrack.number), bars("Tokens", "tokens", lctrack.number),
      bars("Cost", "cost", lctrack.cost), bars("Errors", "errors", lctrack.number),
      lctrack.plot({ ...place, title: "Latency of traces", format: lctrack.duration, series: ["p50", "p90", "p99"].map((name) => ({ name, values: values(name, null) })) }),
      lctrack.plot({ ...place, title: "Time to first token", format: lctrack.duration, series: [{ name: "median", values: values("first_token", null) }] }),
    ];
  };

  const rowsOf = (title, { rows, sql }) => {
    const names = Object.keys(rows[0] ?? {});
    const money = (name, value) => (name === "cost" ? lctrack.cost(value) : name.endsWith("_ms") ? lctrack.duration(value) : typeof value === "number" ? lctrack.number(value) : value);
    return el("section", {}, el("h2", { text: title }),
      lctrack.table(title, names.map((name) => name.replaceAll("_", " ").replace(/ ms$/, "")), rows.map((row) => names.map((name) => money(name, row[name])))),
      lctrack.sqlOf(() => sql));
  };

  lctrack.sessionName = (session) => lctrack.short(session.name || session.session_id);

  lctrack.views.overview = async (page) => {
    const [found, sessions] = await Promise.all([lctrack.load("overview"), lctrack.load("sessions")]);
    const { totals } = found;
    const cards = [
      ["sessions", lctrack.count(totals.sessions)], ["traces", lctrack.count(totals.traces)], ["runs", lctrack.count(totals.runs)],
      ["model calls", lctrack.count(totals.calls)], ["tokens", lctrack.count(totals.tokens)], ["cost", lctrack.cost(totals.cost)],
      ["errors", lctrack.count(totals.errors)], ["problems", lctrack.count(totals.problems)],
      ["median latency", lctrack.duration(totals.p50)], ["99th percentile", lctrack.duration(totals.p99)],
    ];
    const latest = sessions.slice(-MOST_SESSIONS).reverse();
    lctrack.add(page,
      el("h1", { text: "Overview" }),
      el("p", {}, lctrack.time(totals.first), " to ", lctrack.time(totals.last), el("span", { class: "quiet", text: ` · times of this device, UTC where the pointer rests · ${lctrack.meta.where}` })),
      el("dl", { class: "cards" }, cards.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", { text: value })))),
      lctrack.sqlOf(() => found.sql),
      found.time ? el("section", {}, el("h2", { text: "Over time" }), el("div", { class: "plots" }, overTime(found.time)), lctrack.sqlOf(() => found.time.sql)) : null,
      rowsOf("Models", found.models),
      rowsOf("Kinds of runs", found.kinds),
      found.complexity.length ? el("section", {}, el("h2", { text: "Complexity of generated texts" }), el("div", { class: "plots" }, found.complexity.map(lctrack.distribution))) : null,
      el("section", {}, el("h2", { text: "Sessions" }),
        el("p", { class: "quiet", text: sessions.length > latest.length ? `The latest ${latest.length} of ${lctrack.count(sessions.length)}` : "The latest first" }),
        lctrack.table("Sessions", ["session", "project", "start", "duration", "traces", "calls", "tokens", "cost", "errors", "status"], latest.map((session) => [
          lctrack.link(lctrack.sessionName(session), ["traces"], { session: session.session_id }), session.project ?? "", lctrack.time(session.start_time),
          lctrack.duration(session.duration_ms), lctrack.count(session.traces), lctrack.count(session.llm_starts), lctrack.count(session.total_tokens),
          lctrack.cost(session.cost), lctrack.count(session.errors), session.status,
        ])),
        lctrack.sqlOf(() => `FROM sessions ORDER BY start_time DESC, session_id DESC LIMIT ${MOST_SESSIONS}`)),
    );
  };
})();
