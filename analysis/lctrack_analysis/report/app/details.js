"use strict";
// All there is about one run.

(() => {
  const { el } = lctrack;
  const TOKENS = ["input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens"];

  const documents = (found) =>
    el("ol", { class: "documents" }, found.map((document) => el("li", {},
      lctrack.text(document?.page_content ?? JSON.stringify(document)),
      document?.metadata && Object.keys(document.metadata).length ? lctrack.object(document.metadata) : null)));

  const usage = (run) => {
    const pairs = TOKENS.map((name) => [name.replaceAll("_", " "), lctrack.count(run[name])]);
    const all = [...pairs, ["cost", lctrack.cost(run.cost)], ["priced by", run.priced_by]];
    return TOKENS.some((name) => run[name] !== undefined) ? lctrack.facts(all) : null;
  };

  const failure = (run) => {
    if (!run.error_type && !run.error_message && !run.errors) return null;
    return el("div", { class: "failure" },
      el("p", { dir: "auto" }, el("strong", { text: run.error_type ?? "error" }), " ", lctrack.text(run.error_message ?? "", "span")),
      (run.errors ?? []).filter((error) => error.traceback).map((error) => lctrack.text(error.traceback)));
  };

  const pictures = (run) => {
    const names = (run.pictures ?? []).flatMap((found) => [["dependencies", found.dependency_tree], ["entities", found.entities]]);
    const known = names.filter(([, name]) => typeof name === "string" && /^(dep|ent)-[0-9a-f]{40}\.html$/.test(name));
    if (!lctrack.meta.pictures || !known.length) return null;
    return known.map(([what, name]) => {
      const address = `pictures/${name}`;
      const fold = el("details", {}, el("summary", { text: what }), el("p", {}, el("a", { href: address, target: "_blank", rel: "noopener noreferrer", text: "alone" })));
      // Loaded when somebody looks; in it nothing runs, and it can reach nothing.
      fold.addEventListener("toggle", () => fold.querySelector("iframe") ?? fold.append(el("iframe", { src: address, sandbox: "", class: "picture", title: `Picture of ${what}` })));
      return fold;
    });
  };

  const said = (run) => {
    if (run.messages) return lctrack.conversation(run.messages);
    const prompts = Array.isArray(run.inputs) ? run.inputs : null;
    return run.kind === "llm" && prompts ? lctrack.completions(prompts, run.outputs) : null;
  };

  lctrack.details = (run, trace) => {
    const conversation = said(run), drawn = pictures(run);
    const found = run.kind === "retriever" && Array.isArray(run.outputs) ? run.outputs : null;
    const start = run.offset === undefined || trace.start === null ? null : trace.start + run.offset;
    return [
      el("h2", { text: lctrack.short(run.name ?? run.kind ?? run.run_id), dir: "auto" }),
      lctrack.facts([
        ["kind", lctrack.short([run.kind, run.run_type].filter(Boolean).join(" · "))], ["status", lctrack.status(run.status)], ["start", lctrack.time(start, true)],
        ["duration", lctrack.duration(run.duration_ms)], ["first token after", lctrack.duration(run.time_to_first_token_ms)], ["chunks", lctrack.count(run.chunks)],
        ["model", run.model], ["tags", Array.isArray(run.tags) ? run.tags.join(", ") : null], ["run", run.run_id],
      ]),
      lctrack.section("Error", failure(run)),
      lctrack.section("Conversation", conversation),
      lctrack.section("Input", run.inputs !== undefined ? lctrack.object(run.inputs) : null, { open: !conversation }),
      lctrack.section("Documents", found && documents(found)),
      lctrack.section("Output", run.outputs !== undefined ? lctrack.object(run.outputs) : null, { open: !conversation && !found }),
      lctrack.section("Tokens and cost", usage(run)),
      lctrack.section("Parameters", run.params ? lctrack.object(run.params) : null),
      lctrack.section("Scores", run.scores ? lctrack.value(run.scores) : null),
      lctrack.section("Pictures", drawn && el("div", {}, drawn)),
      lctrack.section("Metadata", run.metadata ? lctrack.object(run.metadata) : null, { open: false }),
      lctrack.section("Component", run.serialized ? lctrack.value(run.serialized) : null, { open: false }),
      lctrack.section("Run as JSON", el("div", { class: "raw" }, lctrack.copyButton("Copy JSON", () => JSON.stringify(run, null, 2)), lctrack.value(run)), { open: false }),
      lctrack.rawEvents(run, trace),
      lctrack.sqlOf(() => `FROM runs WHERE run_id = ${lctrack.quoted(run.run_id)}`),
    ];
  };
})();
