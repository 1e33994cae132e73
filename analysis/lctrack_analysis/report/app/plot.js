"use strict";
// Plots as SVG: lines or bars over time, and distributions; each with its numbers as a table for who cannot see it.

(() => {
  const WIDTH = 420, HEIGHT = 150, LEFT = 56, BOTTOM = 22, TOP = 8, RIGHT = 8;
  const { el, svg } = lctrack;

  const ticks = (most) => {
    const step = 10 ** Math.floor(Math.log10(most || 1));
    const size = most / step > 5 ? step * 2 : most / step > 2 ? step : step / 2;
    const found = [];
    for (let tick = 0; tick <= most * 1.0001; tick += size) found.push(tick);
    return found;
  };

  const frame = (title, most, format, labels) => {
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / (most || 1));
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title, class: "plot" });
    for (const tick of ticks(most)) {
      picture.append(
        svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick), class: "grid" }),
        svg("text", { x: LEFT - 4, y: y(tick) + 3, "text-anchor": "end", text: format(tick) }),
      );
    }
    picture.append(
      svg("text", { x: LEFT, y: HEIGHT - 6, text: labels[0] }),
      svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 6, "text-anchor": "end", text: labels[1] }),
    );
    return { picture, y };
  };

  const figure = (title, picture, series, table, sql) =>
    el("figure", {},
      el("figcaption", {}, el("h3", { text: title }),
        series.length > 1 && el("p", { class: "legend" },
          series.map((one, at) => el("span", { class: `series-${at}`, text: `● ${one.name}` })))),
      picture, el("details", {}, el("summary", { text: "Numbers" }), table), sql && lctrack.sqlOf(() => sql));

  // Values at places of equal width; null is a gap. `bars` draws the only series as bars.
  lctrack.plot = ({ title, first, width, length, series, format, bars }) => {
    const most = Math.max(...series.flatMap((one) => one.values.map((value) => value ?? 0)), 0);
    if (!most) return null;
    const ends = [lctrack.localTime(first, width * length < 60000), lctrack.localTime(first + width * length, width * length < 60000)];
    const { picture, y } = frame(title, most, format, ends);
    const step = (WIDTH - LEFT - RIGHT) / length;
    series.forEach((one, at) => {
      const points = [];
      one.values.forEach((value, place) => {
        if (value === null || value === undefined) return;
        const x = LEFT + step * (place + 0.5);
        points.push(`${x},${y(value)}`);
        const shape = bars
          ? svg("rect", { x: x - step * 0.45, y: y(value), width: step * 0.9, height: Math.max(HEIGHT - BOTTOM - y(value), 0), class: `series-${at}` })
          : svg("circle", { cx: x, cy: y(value), r: 2.5, class: `series-${at}` });
        shape.append(svg("title", { text: `${one.name}: ${format(value)}, ${lctrack.localTime(first + width * place, true)}` }));
        picture.append(shape);
      });
      if (!bars) picture.append(svg("polyline", { points: points.join(" "), class: `series-${at}` }));
    });
    const rows = [];
    for (let place = 0; place < length; place++) {
      if (series.some((one) => one.values[place] !== null && one.values[place] !== undefined)) {
        rows.push([lctrack.time(first + width * place, true), ...series.map((one) => lctrack.number(one.values[place]))]);
      }
    }
    return figure(title, picture, series, lctrack.table(title, ["from", ...series.map((one) => one.name)], rows));
  };

  lctrack.distribution = ({ metric, low, high, bins, sql }) => {
    const title = metric.replaceAll("_", " ");
    const { picture, y } = frame(`${title}: how many texts have which value`, Math.max(...bins), lctrack.count,
      [lctrack.number(low), lctrack.number(high)]);
    const step = (WIDTH - LEFT - RIGHT) / bins.length;
    const from = (at) => lctrack.number(low + ((high - low) * at) / bins.length);
    bins.forEach((count, at) => {
      const bar = svg("rect", { x: LEFT + step * at, y: y(count), width: step * 0.92, height: Math.max(HEIGHT - BOTTOM - y(count), 0), class: "series-0" });
      bar.append(svg("title", { text: `from ${from(at)}: ${count}` }));
      picture.append(bar);
    });
    return figure(title, picture, [], lctrack.table(title, ["from", "texts"], bins.map((count, at) => [from(at), lctrack.count(count)])), sql);
  };
})();
