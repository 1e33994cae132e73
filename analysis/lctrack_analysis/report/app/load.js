"use strict";
// Pieces of data: each from a script beside the page, for a page that is a file may not read files; or from the page.

const lctrack = {};

(() => {
  const MOST_KEPT = 6; // pieces of traces and of events, of some megabytes each
  const asked = new Map(); // name -> {promise, resolve}

  const forgetOld = () => {
    const large = [...asked.keys()].filter((name) => /^(traces|events)-/.test(name));
    for (const name of large.slice(0, Math.max(large.length - MOST_KEPT, 0))) asked.delete(name);
  };

  lctrack.forget = (name) => asked.delete(name);

  lctrack.receive = (name, json) => asked.get(name)?.resolve(JSON.parse(json));

  // Gives a piece; the same promise as long as it is kept.
  lctrack.load = (name) => {
    if (asked.has(name)) return asked.get(name).promise;
    const waiting = {};
    waiting.promise = new Promise((resolve, reject) => {
      waiting.resolve = resolve;
      waiting.reject = reject;
    });
    asked.set(name, waiting);
    forgetOld();
    const inPage = document.querySelector(`script[data-piece="${name}"]`);
    if (inPage) {
      lctrack.receive(name, inPage.textContent);
      return waiting.promise;
    }
    const script = document.createElement("script");
    script.src = `data/${name}.js`;
    script.onload = () => script.remove();
    script.onerror = () => {
      asked.delete(name);
      script.remove();
      waiting.reject(new Error(`data/${name}.js is not beside this page: was the whole folder copied?`));
    };
    document.head.append(script);
    return waiting.promise;
  };
})();
