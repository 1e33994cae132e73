"use strict";
// Begins: the theme, the keys, the first view.

(() => {
  const root = document.documentElement;
  const THEMES = ["", "light", "dark"];
  const LABELS = { "": "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
  const kept = (value) => {
    try { // a browser may keep nothing for files
      if (value === undefined) return localStorage.getItem("lctrack-theme") ?? "";
      localStorage.setItem("lctrack-theme", value);
    } catch {
      return "";
    }
    return value;
  };
  const button = document.getElementById("theme");
  const wear = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    button.textContent = LABELS[theme] ?? LABELS[""];
  };
  let theme = kept();
  wear(theme);
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    wear(theme);
    kept(theme);
  });

  document.getElementById("skip").addEventListener("click", () => document.getElementById("main").focus());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    const search = document.querySelector("main input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });

  lctrack.load("meta").then(async (meta) => {
    lctrack.meta = meta;
    await lctrack.startRouting();
  }).catch((error) => {
    document.getElementById("main").replaceChildren(lctrack.el("p", { role: "alert", text: error.message }));
  });
})();
