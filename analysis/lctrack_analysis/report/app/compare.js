"use strict";
// Two sessions or groups of them side by side: every measure there is of them.

(() => {
  const { el } = lctrack;
  const MOST_SESSIONS = 500; // that a list offers; an address may name any
  const KINDS = [["project", "Projects"], ["name", "Names"], ["group", "Groups"], ["tag", "Tags"]];

  const shown = (name, value) => (name === "cost" ? lctrack.cost(value) : name.endsWith("_ms") ? lctrack.duration(value) : lctrack.number(value));

  const rowsOf = (names, a, b) =>
    names.map((name, at) => [name, a[at], b[at]]).filter(([, x, y]) => x || y).map(([name, x, y]) => {
      const both = typeof x === "number" && typeof y === "number";
      const difference = both ? y - x : undefined;
      const sign = difference > 0 ? "+" : difference < 0 ? "-" : "";
      const percent = both && x ? (difference / Math.abs(x)) * 100 : undefined;
      return [name, shown(name, x), shown(name, y), both ? sign + shown(name, Math.abs(difference)) : "", percent === undefined ? "" : `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`];
    });

  const condition = ([kind, label]) => {
    const text = lctrack.quoted(label);
    if (kind === "tag") return `list_contains(tags, ${text})`;
    return `${{ session: "session_id", project: "project", name: "name", group: "group_name" }[kind]} = ${text}`;
  };
  const inShell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const keyOf = ([kind, label]) => `${kind}:${label}`;

  lctrack.views.compare = async (page, parts, parameters) => {
    const { measures, groups, piece, sql } = lctrack.meta.compare;
    const sessions = await lctrack.load("sessions");
    const sides = [...groups.map(([kind, label]) => [kind, label]), ...sessions.map((session) => ["session", session.session_id])];
    const places = new Map(sides.map((side, at) => [keyOf(side), at]));
    if (!sessions.length) return lctrack.add(page, el("h1", { text: "Compare" }), el("p", { class: "none", text: "There is no session." }));
    const at = (name, otherwise) => places.get(parameters.get(name) ?? "") ?? otherwise;
    const chosen = { a: at("a", Math.max(sides.length - 2, groups.length)), b: at("b", sides.length - 1) };
    const nameOf = (place) => (place < groups.length ? `${sides[place][0]} ${sides[place][1]}` : lctrack.sessionName(sessions[place - groups.length]));
    const valuesOf = async (place) => (await lctrack.load(`compare-${Math.floor(place / piece)}`))[place % piece];

    const latest = sessions.map((session, number) => groups.length + number).slice(-MOST_SESSIONS).reverse();
    const option = (place, text) => el("option", { value: place, text: lctrack.short(text) });
    const ofKind = (kind) => groups.map((group, place) => [group, place]).filter(([[each]]) => each === kind)
      .map(([[, label, count], place]) => option(place, `${label} (${lctrack.count(count)} ${count === 1 ? "session" : "sessions"})`));
    const ofSession = (place) => {
      const session = sessions[place - groups.length];
      return option(place, `${lctrack.sessionName(session)} · ${lctrack.localTime(session.start_time)}`);
    };
    const pick = (side) => {
      const more = chosen[side] >= groups.length && !latest.includes(chosen[side]) ? [chosen[side]] : [];
      const select = el("select", { id: `side-${side}` },
        KINDS.map(([kind, title]) => [title, ofKind(kind)]).filter(([, options]) => options.length).map(([title, options]) => el("optgroup", { label: title }, options)),
        el("optgroup", { label: "Sessions, the latest first" }, [...more, ...latest].map(ofSession)));
      select.value = chosen[side];
      select.addEventListener("change", () => {
        chosen[side] = Number(select.value);
        lctrack.note({ a: keyOf(sides[chosen.a]), b: keyOf(sides[chosen.b]) });
        draw();
      });
      return el("label", { for: `side-${side}` }, `${side.toUpperCase()} `, select);
    };
    const toTraces = (place) => {
      const [kind, label] = sides[place];
      return kind === "session" ? lctrack.link(nameOf(place), ["traces"], { session: label }) : nameOf(place);
    };
    const result = el("div", {});
    const draw = async () => {
      const [a, b] = await Promise.all([valuesOf(chosen.a), valuesOf(chosen.b)]);
      result.replaceChildren(
        lctrack.facts([["A", toTraces(chosen.a)], ["B", toTraces(chosen.b)]]),
        lctrack.table(`${nameOf(chosen.a)} and ${nameOf(chosen.b)}`, ["measure", "A", "B", "difference", "percent"], rowsOf(measures, a, b)));
    };
    await draw();
    lctrack.add(page, el("h1", { text: "Compare" }), el("div", { class: "tools" }, pick("a"), pick("b")), result,
      el("p", { class: "quiet", text: "Latencies as percentiles over all runs of a side, ttft the time to the first token, complexity as means over its texts." }),
      lctrack.copyButton("Copy command", () => `lctrack-analyze ${lctrack.meta.where} --compare ${inShell(keyOf(sides[chosen.a]))} ${inShell(keyOf(sides[chosen.b]))}`), " ",
      lctrack.sqlOf(() => sql.replace("$A", () => condition(sides[chosen.a])).replace("$B", () => condition(sides[chosen.b]))));
  };
})();
