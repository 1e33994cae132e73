"use strict";
// Two sessions side by side: everything that is a number.

(() => {
  const { el } = lctrack;
  const NOT_COMPARED = new Set(["start_time", "end_time"]);

  const shown = (name, value) => (name === "cost" ? lctrack.cost(value) : name.endsWith("_ms") ? lctrack.duration(value) : lctrack.number(value));

  const numbers = (session) => {
    const own = Object.entries(session).filter(([name, value]) => typeof value === "number" && !NOT_COMPARED.has(name));
    return new Map([...own, ...Object.entries(session.complexity ?? {})]);
  };

  const rowsOf = (a, b) => {
    const [x, y] = [numbers(a), numbers(b)];
    return [...new Set([...x.keys(), ...y.keys()])].filter((name) => x.get(name) || y.get(name)).map((name) => {
      const [left, right] = [x.get(name), y.get(name)];
      const both = left !== undefined && right !== undefined;
      const difference = both ? right - left : undefined;
      const percent = both && left ? (difference / Math.abs(left)) * 100 : undefined;
      const sign = difference > 0 ? "+" : difference < 0 ? "-" : "";
      return [name, shown(name, left), shown(name, right), both ? sign + shown(name, Math.abs(difference)) : "", percent === undefined ? "" : `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`];
    });
  };

  lctrack.views.compare = async (page, parts, parameters) => {
    const sessions = await lctrack.load("sessions");
    const at = (name, otherwise) => sessions.find((session) => session.session_id === parameters.get(name)) ?? sessions.at(otherwise);
    const chosen = { a: at("a", -2) ?? sessions[0], b: at("b", -1) };
    const result = el("div", {});
    const pick = (side) => {
      const select = el("select", { id: `side-${side}` }, sessions.map((session) => el("option", { value: session.session_id, text: `${lctrack.sessionName(session)} · ${lctrack.localTime(session.start_time)}` })));
      select.value = chosen[side]?.session_id;
      select.addEventListener("change", () => {
        chosen[side] = sessions.find((session) => session.session_id === select.value);
        lctrack.note({ a: chosen.a.session_id, b: chosen.b.session_id });
        draw();
      });
      return el("label", { for: `side-${side}` }, `${side.toUpperCase()} `, select);
    };
    const draw = () => {
      if (!chosen.a || !chosen.b) return result.replaceChildren(el("p", { class: "none", text: "There is no session." }));
      const title = `${lctrack.sessionName(chosen.a)} and ${lctrack.sessionName(chosen.b)}`;
      return result.replaceChildren(
        lctrack.facts([["A", lctrack.link(lctrack.sessionName(chosen.a), ["traces"], { session: chosen.a.session_id })], ["B", lctrack.link(lctrack.sessionName(chosen.b), ["traces"], { session: chosen.b.session_id })]]),
        lctrack.table(title, ["measure", "A", "B", "difference", "percent"], rowsOf(chosen.a, chosen.b)));
    };
    draw();
    lctrack.add(page, el("h1", { text: "Compare" }), el("div", { class: "tools" }, pick("a"), pick("b")), result,
      lctrack.sqlOf(() => `FROM sessions WHERE session_id IN (${lctrack.quoted(chosen.a?.session_id ?? "")}, ${lctrack.quoted(chosen.b?.session_id ?? "")})`));
  };
})();
