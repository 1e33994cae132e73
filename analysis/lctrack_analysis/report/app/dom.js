"use strict";
// Elements, always with text as text: nothing here or elsewhere makes HTML of a string.

(() => {
  const LONG = 20000; // characters of a text that are shown unasked: a browser takes seconds for a million
  const SHORT = 200;
  const SVG = "http://www.w3.org/2000/svg";

  const fill = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
      else if (name === "text") element.textContent = lctrack.plain(String(value).slice(0, LONG));
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  };

  // el("p", {class: "x", text: "…", on: {click}}, child, …); links only ever lead to views of this page.
  lctrack.el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  lctrack.svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  lctrack.add = (element, ...children) => fill(element, {}, children);

  // Text as it is shown: colours of terminals are left out, what hides or turns text is shown.
  lctrack.plain = (value) =>
    String(value)
      .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, "")
      .replace(/[\u0000-\u0008\u000b-\u001f]/g, (c) => (c === "\r" ? "" : String.fromCharCode(0x2400 + c.charCodeAt(0))))
      .replace(/[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

  // A name, which is shown on one line and often.
  lctrack.short = (text) => (String(text).length > SHORT ? `${String(text).slice(0, SHORT - 1)}…` : String(text));

  // A text of any length: a long one is cut, with a button that shows the rest.
  lctrack.text = (value, tag = "pre") => {
    const text = String(value);
    const shown = lctrack.el(tag, { class: "text", dir: "auto", text: text.slice(0, LONG) });
    if (text.length <= LONG) return shown;
    const more = lctrack.el("button", { type: "button", text: `Show all ${lctrack.count(text.length)} characters` });
    more.addEventListener("click", () => {
      shown.textContent = lctrack.plain(text);
      more.remove();
    });
    return lctrack.el("div", {}, shown, more);
  };

  lctrack.tell = (sentence) => {
    document.getElementById("told").textContent = sentence;
  };

  lctrack.copyButton = (label, give) => {
    const button = lctrack.el("button", { type: "button", class: "copy", text: label });
    button.addEventListener("click", async () => {
      const text = give();
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const area = lctrack.el("textarea", { "aria-label": "Copied text" });
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy"); // where a browser has no clipboard for files
        area.remove();
        button.focus();
      }
      button.textContent = "Copied";
      lctrack.tell("Copied");
      setTimeout(() => (button.textContent = label), 1500);
    });
    return button;
  };

  // The SQL that gives the rows of a view; `give` is asked when it is needed.
  lctrack.sqlOf = (give) => {
    const shown = lctrack.el("pre", { class: "text" });
    const fold = lctrack.el("details", { class: "sql" },
      lctrack.el("summary", { text: "SQL" }), shown, lctrack.copyButton("Copy SQL", give));
    fold.addEventListener("toggle", () => (shown.textContent = lctrack.plain(give())));
    return fold;
  };

  lctrack.quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;
})();
