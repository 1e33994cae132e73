"use strict";
// What chains, models and agents are made of: the recorded graph, and each component with its parameters.

(() => {
  const { el, svg } = lctrack;
  const WIDE = 190, HIGH = 34, GAP = 26, MOST_NODES = 200;

  const label = (node) => {
    const data = node?.data;
    if (typeof data === "string") return data;
    return String(data?.name ?? (Array.isArray(data?.id) ? data.id.at(-1) : null) ?? node?.id ?? "");
  };

  // How far each node is from the beginning; a circle ends after as many steps as there are nodes.
  const levels = (nodes, edges) => {
    const level = new Map(nodes.map((node) => [String(node.id), 0]));
    for (let round = 0; round < nodes.length; round++) {
      let changed = false;
      for (const { source, target } of edges) {
        const next = (level.get(String(source)) ?? 0) + 1;
        if (next < nodes.length && level.has(String(target)) && level.get(String(target)) < next) {
          level.set(String(target), next);
          changed = true;
        }
      }
      if (!changed) break;
    }
    return level;
  };

  const drawing = (name, graph) => {
    const nodes = (Array.isArray(graph?.nodes) ? graph.nodes : []).filter((node) => node && typeof node === "object").slice(0, MOST_NODES);
    const edges = (Array.isArray(graph?.edges) ? graph.edges : []).filter((edge) => edge && typeof edge === "object");
    if (!nodes.length) return null;
    const level = levels(nodes, edges);
    const rows = [];
    for (const node of nodes) (rows[level.get(String(node.id))] ??= []).push(node);
    const filled = rows.filter(Boolean);
    const across = Math.max(...filled.map((row) => row.length));
    const width = across * (WIDE + GAP) + GAP, height = filled.length * (HIGH + GAP) + GAP;
    const places = new Map();
    filled.forEach((row, down) => row.forEach((node, at) => {
      const x = width / 2 + (at - (row.length - 1) / 2) * (WIDE + GAP);
      places.set(String(node.id), { x, y: GAP + down * (HIGH + GAP), node });
    }));
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Graph of ${lctrack.plain(name)}`, class: "graph" });
    for (const { source, target, conditional } of edges) {
      const [from, to] = [places.get(String(source)), places.get(String(target))];
      if (!from || !to) continue;
      const [x1, y1, x2, y2] = [from.x, from.y + HIGH, to.x, to.y];
      const bend = y2 > y1 ? (y2 - y1) / 2 : WIDE;
      picture.append(svg("path", { d: `M${x1},${y1} C${x1 + (y2 > y1 ? 0 : bend)},${y1 + GAP} ${x2 + (y2 > y1 ? 0 : bend)},${y2 - GAP} ${x2},${y2}`, class: conditional ? "edge conditional" : "edge" }),
        svg("path", { d: `M${x2 - 4},${y2 - 7} L${x2},${y2} L${x2 + 4},${y2 - 7}`, class: "edge" }));
    }
    for (const { x, y, node } of places.values()) {
      const text = lctrack.plain(label(node));
      picture.append(svg("g", {}, svg("title", { text }), svg("rect", { x: x - WIDE / 2, y, width: WIDE, height: HIGH, rx: 6, class: "node" }),
        svg("text", { x, y: y + HIGH / 2 + 4, "text-anchor": "middle", text: text.length > 26 ? `${text.slice(0, 25)}…` : text })));
    }
    return el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": `Graph of ${lctrack.plain(name)}` }, picture);
  };

  const isComponent = (value) => value && typeof value === "object" && Array.isArray(value.id) && ("lc" in value || "kwargs" in value);

  // Each component of a description, with where it stands and its own parameters.
  const components = (value, path = [], found = [], depth = 0) => {
    if (!value || typeof value !== "object" || depth > 40) return found;
    if (isComponent(value)) {
      const own = Object.entries(value.kwargs ?? {}).filter(([, each]) => !isComponent(each) && !(Array.isArray(each) && each.some(isComponent)));
      found.push([path.join(" › ") || "(itself)", String(value.name ?? value.id.at(-1)), value.id.join("."), own]);
      for (const [name, each] of Object.entries(value.kwargs ?? {})) components(each, [...path, name], found, depth + 1);
    } else {
      for (const [name, each] of Object.entries(value)) components(each, [...path, name], found, depth + 1);
    }
    return found;
  };

  const parameters = (own) => (own.length ? lctrack.facts(own.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)])) : "");

  lctrack.views.model = async (page, [chosen]) => {
    const assets = await lctrack.load("architecture");
    lctrack.add(page, el("h1", { text: "Model architecture" }));
    if (!assets.length) {
      page.append(el("p", { class: "none", text: "No chain, model or agent was recorded: hand one to flush_tracker, and it is." }));
      return;
    }
    page.append(el("ul", { class: "choices" }, assets.map((asset, at) => el("li", {}, lctrack.link(lctrack.short(asset.name ?? `asset ${at + 1}`), ["model", String(at)]), el("span", { class: "quiet", text: ` ${asset.kind}, ${asset.times} ×` })))));
    const asset = assets[Number(chosen ?? 0)];
    if (!asset) throw new Error("There is no such recording.");
    const parts = components(asset.value);
    lctrack.add(page, el("h2", { text: lctrack.short(asset.name ?? "asset"), dir: "auto" }), drawing(asset.name ?? "", asset.graph),
      parts.length ? lctrack.table("Components", ["where", "component", "class", "parameters"], parts.map(([where, name, id, own]) => [where, name, id, parameters(own)])) : null,
      lctrack.section("As recorded", lctrack.value(asset.value ?? ""), { open: asset.kind === "source" }),
      lctrack.sqlOf(() => lctrack.meta.architecture));
  };
})();
