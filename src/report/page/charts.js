const kFont = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif";
const kChartStyle = {
  axis: {labelFont: kFont, titleFont: kFont, labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal",
    labelColor: "var(--quiet)", titleColor: "var(--quiet)", gridColor: "var(--rule)", domainColor: "var(--quiet)",
    tickColor: "var(--quiet)", domain: false, ticks: false, labelPadding: 5, titlePadding: 8},
};
const charts = new Map();  // from its box to what it is drawn from

// A chart as wide as the page leaves it. `text` says to those who cannot see it what it shows; spec(width) is Vega's.
// It is drawn when the page stands, and again whenever its width changes.
function chart(text, spec) {
  const box = element("div", {class: "chart"});
  charts.set(box, {text, spec, width: 0});
  return box;
}

function drawCharts() {
  const observer = new ResizeObserver((entries) => entries.forEach((entry) => drawChart(entry.target)));
  for (const box of charts.keys()) {
    drawChart(box);
    observer.observe(box);
  }
}

function drawChart(box) {
  const drawn = charts.get(box);
  const width = Math.floor(box.clientWidth);
  if (width === 0 || width === drawn.width) return;
  drawn.width = width;
  drawn.view?.finalize();
  box.replaceChildren();
  const spec = {width, padding: 2, autosize: {type: "fit-x", contains: "padding"}, ...drawn.spec(width)};
  // Expressions are interpreted, not compiled: the page allows no script that is made while it runs.
  drawn.view = new vega.View(vega.parse(spec, kChartStyle, {ast: true}),
    {expr: vega.expressionInterpreter, renderer: "svg", container: box});
  drawn.view.run();
  box.removeAttribute("role");
  const image = box.querySelector("svg");
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", drawn.text);
}

// What the colours of a chart mean: [[colour, meaning], ...].
function key(entries) {
  return element("ul", {class: "key"}, entries.map(([colour, meaning]) =>
    element("li", {}, element("span", {class: "swatch", style: `background: var(--${colour})`}), meaning)));
}

// Images of each class, the test part on top of the training part; lying on a narrow page.
function classCountChart(classes) {
  const bars = classes.flatMap(({class: name, train, test}) => [
    {name, from: 0, to: train, colour: "var(--series-1)", text: `${name}: ${count(train)} to learn from`},
    {name, from: train, to: train + test, colour: "var(--series-2)", text: `${name}: ${count(test)} to test`}]);
  const text = `Bar chart of the images of ${classes.length} classes: ${range(classes.map((c) => c.train))} to learn ` +
    `from, ${range(classes.map((c) => c.test))} to test.`;
  return chart(text, (width) => {
    const upright = width >= 560;
    const [place, start, end, size] = upright ? ["x", "y", "y2", "width"] : ["y", "x", "x2", "height"];
    return {
      height: upright ? 220 : 13 * classes.length,
      data: [{name: "bars", values: bars}],
      scales: [
        {name: "class", type: "band", domain: classes.map((c) => c.class), range: upright ? "width" : "height", padding: 0.2},
        {name: "images", domain: {data: "bars", field: "to"}, zero: true, nice: true, range: upright ? "height" : "width"}],
      axes: [
        {scale: "images", orient: upright ? "left" : "top", grid: true, tickCount: 5, format: ",d", title: "images"},
        {scale: "class", orient: upright ? "bottom" : "left", labelFontSize: 9.5, labelPadding: 3, labelOverlap: true,
          labelLimit: 60}],
      marks: [{type: "rect", from: {data: "bars"}, encode: {enter: {
        [place]: {scale: "class", field: "name"}, [size]: {scale: "class", band: 1},
        [start]: {scale: "images", field: "from"}, [end]: {scale: "images", field: "to"},
        fill: {field: "colour"}, tooltip: {field: "text"}}}}],
    };
  });
}

function range(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${count(least)} each` : `${count(least)} to ${count(most)}`;
}

// One measure by epoch, on both parts: {epoch, train, validation}, null where there is none.
function curveChart(title, points, format, text) {
  const values = points.flatMap((point) => [
    {epoch: point.epoch, value: point.train, part: "training", text: `epoch ${point.epoch}, training: ${format(point.train)}`},
    {epoch: point.epoch, value: point.validation, part: "validation",
      text: `epoch ${point.epoch}, validation: ${point.validation === null ? "" : format(point.validation)}`},
  ]).filter((point) => point.value !== null);
  const place = {x: {scale: "epoch", field: "epoch"}, y: {scale: "value", field: "value"}};
  return chart(text, () => ({
    height: 220,
    data: [{name: "points", values}],
    scales: [
      {name: "epoch", domain: [1, Math.max(points.length, 2)], range: "width", zero: false},
      {name: "value", domain: {data: "points", field: "value"}, range: "height", zero: false, nice: true},
      {name: "colour", type: "ordinal", domain: ["training", "validation"], range: ["var(--series-2)", "var(--series-1)"]}],
    axes: [
      {scale: "value", orient: "left", grid: true, tickCount: 5, title},
      {scale: "epoch", orient: "bottom", tickMinStep: 1, format: "d", title: "epoch", domain: true}],
    marks: [{type: "group", from: {facet: {name: "part", data: "points", groupby: "part"}}, marks: [
      {type: "line", from: {data: "part"}, encode: {enter: {...place, stroke: {scale: "colour", field: "part"}, strokeWidth: {value: 1.8}}}},
      {type: "symbol", from: {data: "part"}, encode: {enter: {...place, fill: {scale: "colour", field: "part"},
        size: {value: points.length > 20 ? 14 : 30}, tooltip: {field: "text"}}}}]}],
  }));
}

// Dots with their intervals, one a line: {name, value, low, high, kind, text}; kind "chosen", "other" or "out" (no
// longer in the race). `path` joins the dots from line to line. Values are shares, shown in percent; or, with
// `differences`, in points about a line at 0.
function dotChart(rows, axis, text, {path = false, differences = false} = {}) {
  const colours = {chosen: "var(--series-1)", other: "var(--quiet)", out: "var(--pale)"};
  const percents = rows.map((row, line) => ({...row, line, colour: colours[row.kind], value: 100 * row.value,
    low: 100 * (row.low ?? row.value), high: 100 * (row.high ?? row.value)}));
  const domain = differences ? differenceDomain(percents) : dotDomain(percents);
  const values = percents.map((row) => (row.value >= domain[0] ? {...row, shape: "circle"}
    : {...row, shape: "triangle-left", value: domain[0], low: domain[0], high: domain[0]}));
  const y = {scale: "line", field: "line", band: 0.5};
  const place = {x: {scale: "value", field: "value"}, y};
  return chart(text, (width) => ({
    height: 24 * rows.length,
    data: [{name: "rows", values}],
    scales: [
      {name: "line", type: "band", domain: values.map((row) => row.line), range: "height"},
      {name: "name", type: "ordinal", domain: values.map((row) => row.line), range: values.map((row) => row.name)},
      {name: "value", domain, zero: false, nice: false, range: "width"}],
    axes: [
      {scale: "line", orient: "left", labelLimit: Math.round(width * 0.42), labelColor: "var(--ink)",
        encode: {labels: {update: {text: {scale: "name", field: "value"}}}}},
      {scale: "value", orient: "bottom", grid: true, tickCount: Math.max(Math.round(width / 110), 3), title: axis}],
    marks: [
      ...(differences ? [{type: "rule", encode: {enter: {x: {scale: "value", value: 0}, y: {value: 0}, y2: {value: 24 * rows.length},
        stroke: {value: "var(--quiet)"}, strokeDash: {value: [3, 3]}}}}] : []),
      ...(path ? [{type: "line", from: {data: "rows"}, encode: {enter: {...place, stroke: {value: "var(--pale)"}, strokeWidth: {value: 1.5}}}}] : []),
      {type: "rule", from: {data: "rows"}, encode: {enter: {x: {scale: "value", field: "low"}, x2: {scale: "value", field: "high"}, y,
        stroke: {field: "colour"}, strokeWidth: {value: 2}}}},
      {type: "symbol", from: {data: "rows"}, encode: {enter: {...place, size: {value: 70}, shape: {field: "shape"},
        fill: {field: "colour"}, stroke: {value: "var(--paper)"}, strokeWidth: {value: 1}, tooltip: {field: "text"}}}}],
  }));
}

// What a chart of differences spans: all of them, and 0.
function differenceDomain(rows) {
  const ends = [0, ...rows.flatMap((row) => [row.low, row.high, row.value])];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = (high - low) * 0.06 + 0.05;
  return [low - room, high + room];
}

// What a chart of dots spans: all that is in the race; what is out of it only where it lies near.
function dotDomain(rows) {
  const racing = rows.filter((row) => row.kind !== "out");
  const ends = (racing.length > 0 ? racing : rows).flatMap((row) => [row.low, row.high, row.value]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const span = Math.max(high - low, 1);
  const near = rows.map((row) => row.value).filter((value) => value >= low - span);
  const [least, most] = [Math.min(low, ...near), Math.max(high, ...near)];
  const room = (most - least) * 0.06 + 0.05;
  return [Math.max(least - room, 0), Math.min(most + room, 100)];
}
