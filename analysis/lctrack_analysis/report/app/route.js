"use strict";
// Every view has an address behind the #: its name, what it is about, and how it is shown.

(() => {
  lctrack.views = {}; // name -> async (main, parts, parameters)
  const NAV = [
    ["overview", "Overview"], ["traces", "Traces"], ["model", "Model"], ["compare", "Compare"], ["tables", "Tables"],
    ["table/problems", "Problems"],
  ];

  lctrack.address = (parts, parameters = {}) => {
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== ""));
    return `#/${parts.map(encodeURIComponent).join("/")}${query.size ? `?${query}` : ""}`;
  };

  lctrack.link = (text, parts, parameters) => lctrack.el("a", { href: lctrack.address(parts, parameters), text });

  const here = () => {
    const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
    const decode = (part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    };
    return { parts: path ? path.split("/").map(decode) : ["overview"], parameters: new URLSearchParams(query ?? "") };
  };

  // Changes how this view is shown, without showing it anew; empty values go.
  lctrack.note = (changes) => {
    const { parts, parameters } = here();
    const all = Object.fromEntries(parameters);
    history.replaceState(null, "", lctrack.address(parts, { ...all, ...changes }));
  };

  let shown = 0;
  lctrack.show = async () => {
    const mine = ++shown;
    const { parts, parameters } = here();
    const main = document.getElementById("main");
    const page = lctrack.el("div", { class: "page" });
    const name = Object.hasOwn(lctrack.views, parts[0]) ? parts[0] : "missing";
    lctrack.leave?.();
    lctrack.leave = lctrack.printing = null;
    try {
      await lctrack.views[name](page, parts.slice(1), parameters);
    } catch (error) {
      page.replaceChildren(lctrack.el("h1", { text: "This cannot be shown" }), lctrack.el("p", { role: "alert", text: error.message }));
    }
    if (mine !== shown) return; // somebody went on
    const again = main.dataset.shown !== undefined;
    main.replaceChildren(page);
    main.dataset.shown = location.hash;
    page.dispatchEvent(new Event("shown"));
    const title = page.querySelector("h1")?.textContent ?? "";
    document.title = `${title} · lctrack report`;
    for (const link of document.querySelectorAll("#nav a")) {
      const current = link.getAttribute("href") === lctrack.address(parts) || link.getAttribute("href") === lctrack.address(parts.slice(0, 1));
      if (current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (again) main.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    lctrack.tell(title);
  };

  lctrack.views.missing = async (page) => {
    page.append(lctrack.el("h1", { text: "There is no such page" }), lctrack.link("Overview", ["overview"]));
  };

  lctrack.startRouting = () => {
    document.getElementById("nav").append(...NAV.map(([path, text]) => lctrack.link(text, path.split("/"))));
    window.addEventListener("hashchange", lctrack.show);
    window.addEventListener("beforeprint", () => lctrack.printing?.(true)); // a view that draws what is in sight draws more
    window.addEventListener("afterprint", () => lctrack.printing?.(false));
    return lctrack.show();
  };
})();
