"use strict";
// Values as text, and places of the pool of a trace put back.

(() => {
  const { el } = lctrack;
  const KEY = "$pool";

  // Values as they were before what they repeat was written once: what stands in the pool is taken as it is.
  lctrack.unpooled = (values, places) => {
    const inside = (value) => {
      if (Array.isArray(value)) return value.map(placed);
      if (value === null || typeof value !== "object") return value;
      const found = {};
      for (const name of Object.keys(value)) {
        Object.defineProperty(found, name, { value: placed(value[name]), enumerable: true, writable: true, configurable: true });
      }
      return found;
    };
    const pool = [];
    const placed = (value) => {
      if (value !== null && typeof value === "object" && !Array.isArray(value)) {
        const names = Object.keys(value);
        if (names.length === 1 && names[0] === KEY) return (pool[value[KEY]] ??= inside(places[value[KEY]]));
      }
      return inside(value);
    };
    return values.map(inside);
  };

  lctrack.value = (value) => (typeof value === "string" ? lctrack.text(value) : lctrack.text(JSON.stringify(value, null, 2)));

  const ROLES = { human: "user", ai: "assistant", system: "system", tool: "tool", function: "tool" };
  const isMessage = (value) => value !== null && typeof value === "object" && "content" in value && Object.hasOwn(ROLES, value.type ?? "");
  const asSaid = (value) => ({
    ...value, role: ROLES[value.type], content: typeof value.content === "string" ? value.content : null,
    blocks: typeof value.content === "string" ? null : value.content, batch_index: 0,
  });
  const isConversation = (value) => Array.isArray(value) && value.length > 0 && value.every(isMessage);

  const SHORT = 200;
  // An object as names and values where that is enough, else as JSON.
  lctrack.object = (value) => {
    if (isConversation(value)) return el("div", {}, lctrack.conversation(value.map(asSaid)));
    const plain = value && typeof value === "object" && !Array.isArray(value);
    if (!plain || Object.keys(value).length > 60) return lctrack.value(value);
    return lctrack.facts(Object.entries(value).map(([name, each]) => {
      if (typeof each === "string" && each.length < SHORT) return [name, each === "" ? "“”" : each];
      if (each === null || typeof each !== "object") return [name, each === null ? "null" : lctrack.value(each)];
      return [name, isConversation(each) ? el("div", {}, lctrack.conversation(each.map(asSaid))) : lctrack.value(each)];
    }));
  };

  lctrack.section = (title, content, { open = true } = {}) =>
    content && el("details", { open, class: "section" }, el("summary", {}, el("h3", { text: title })), content);
})();
