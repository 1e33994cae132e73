"use strict";
// A model call as a conversation: who said what, tool calls and their results, the answer last.

(() => {
  const { el } = lctrack;
  const ROLES = ["system", "user", "assistant", "tool"];

  const call = (asked) =>
    el("div", { class: "call" }, el("strong", { text: `calls ${asked.name ?? "a tool"}`, dir: "auto" }),
      asked.id && el("span", { class: "quiet", text: ` ${asked.id}` }), lctrack.value(asked.args ?? asked.arguments ?? asked));

  const message = (said) => {
    const role = said.role ?? "message";
    const parts = [];
    if (said.content) parts.push(lctrack.text(said.content));
    if (said.blocks !== undefined && said.blocks !== null) parts.push(el("details", {}, el("summary", { text: "Content blocks" }), lctrack.value(said.blocks)));
    for (const asked of Array.isArray(said.tool_calls) ? said.tool_calls : []) parts.push(call(asked ?? {}));
    return el("li", { class: `message role-${ROLES.includes(role) ? role : "other"}${said.direction === "out" ? " answer" : ""}` },
      el("p", { class: "role" }, el("strong", { text: said.direction === "out" ? `${role} (answer)` : role }),
        said.name && el("span", { text: ` ${said.name}`, dir: "auto" }), said.tool_call_id && el("span", { class: "quiet", text: ` for ${said.tool_call_id}` })),
      parts.length ? parts : el("p", { class: "none", text: "(empty)" }));
  };

  // The messages of a run, of each conversation by itself where it had several.
  lctrack.conversation = (messages) => {
    const batches = new Map();
    for (const said of messages) {
      const batch = said.batch_index ?? 0;
      if (!batches.has(batch)) batches.set(batch, []);
      batches.get(batch).push(said);
    }
    return [...batches].map(([batch, said]) => el("div", {}, batches.size > 1 && el("h4", { text: `Conversation ${batch + 1}` }), el("ol", { class: "messages" }, said.map(message))));
  };

  // Prompts of a completion model with their answers.
  lctrack.completions = (prompts, outputs) =>
    prompts.map((prompt, at) => el("ol", { class: "messages" },
      el("li", { class: "message role-user" }, el("p", { class: "role" }, el("strong", { text: "prompt" })), lctrack.value(prompt)),
      (Array.isArray(outputs?.[at]) ? outputs[at] : []).map((answer) => el("li", { class: "message role-assistant answer" }, el("p", { class: "role" }, el("strong", { text: "answer" })), lctrack.value(answer?.text ?? answer)))));
})();
