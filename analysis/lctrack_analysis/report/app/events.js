"use strict";
// The events of a run as they were recorded; they are loaded when somebody unfolds them.

(() => {
  const { el } = lctrack;
  const STEP = 50; // events that are shown at once
  const MILLION = 1e6; // nanoseconds in a millisecond

  const eventsOf = async (run, trace) => {
    const piece = await lctrack.load(`events-${trace.piece}`);
    const found = piece.find((each) => each.id === trace.id);
    return (found ? lctrack.unpooled(found.events, found.pool) : []).filter((event) => event.run_id === run.run_id);
  };

  const item = (event) => {
    const place = `${event.file ?? event.segment ?? ""}${event.line === undefined ? "" : `, line ${event.line}`}`;
    return el("li", {},
      el("p", { class: "role" }, el("strong", { text: event.event }), " ", lctrack.time(event.time / MILLION, true), " ", el("span", { class: "quiet", dir: "auto", text: lctrack.short(place) })),
      lctrack.value(event));
  };

  const list = (events) => {
    const items = el("ol", { class: "messages events" });
    const more = el("button", { type: "button", on: { click: () => grow() } });
    const grow = () => {
      const from = items.childElementCount;
      items.append(...events.slice(from, from + STEP).map(item));
      const left = events.length - items.childElementCount;
      more.hidden = !left;
      more.textContent = `Show ${Math.min(left, STEP)} of ${lctrack.count(left)} more`;
    };
    grow();
    return [lctrack.copyButton("Copy JSON", () => JSON.stringify(events, null, 2)), items, more];
  };

  lctrack.rawEvents = (run, trace) => {
    const content = el("div", { class: "raw" }, el("p", { class: "quiet", text: "Reading…" }));
    const section = lctrack.section("Raw events", content, { open: false });
    section.classList.add("raw-events");
    section.addEventListener("toggle", async () => {
      if (!section.open || section.dataset.shown) return;
      section.dataset.shown = "reading";
      try {
        const events = await eventsOf(run, trace);
        content.replaceChildren(...(events.length ? list(events) : [el("p", { class: "none", text: "There is none." })]),
          lctrack.sqlOf(() => `FROM events WHERE run_id = ${lctrack.quoted(run.run_id)} ORDER BY time, segment, seq`));
      } catch (error) {
        content.replaceChildren(el("p", { role: "alert", text: error.message }));
      }
      section.dataset.shown = "all";
    });
    return section;
  };
})();
