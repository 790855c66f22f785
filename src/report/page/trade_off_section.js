const kCosts = [
  {key: "operations", title: "multiply-adds of an image", text: count},
  {key: "parameters", title: "parameters", text: count},
  {key: "seconds", title: "seconds of a training in cross-validation", text: duration},
];
const kFamilyShapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left", "triangle-right"];
const kFamilyColours = ["var(--series-1)", "var(--series-2)"];

const familyMark = (index) => ({shape: kFamilyShapes[index % kFamilyShapes.length], colour: kFamilyColours[index % kFamilyColours.length]});

// What the configurations give and take, and the ones that no other beats in both.
function tradeOffSection(study) {
  const found = study.trade_off;
  if (!found || found.configurations.length < 2) return null;
  const costs = kCosts.filter(({key}) => found.fronts[key].length > 0);
  const numbers = new Map();  // of the non-dominated, by the first chart that has them
  for (const {key} of costs) for (const place of found.fronts[key]) if (!numbers.has(place)) numbers.set(place, numbers.size + 1);
  const points = found.configurations.map((one, place) => ({...one, ...familyMark(one.family), family: study.families[one.family].title, number: numbers.get(place) ?? null,
    fronts: costs.filter(({key}) => found.fronts[key].includes(place)).map(({key}) => key)}));
  const charts = costs.map(({key, title, text}) => figure(`Accuracy against ${title}`, "", tradeChart(points, key, title, text)));
  const [first, ...rest] = charts;
  return section(2, "Accuracy against cost",
    paragraph(`Every configuration that was scored on all ${study.folds} folds: ${plural(points.length, "configuration")}. The line joins the non-dominated: no other is as accurate at less cost, or more accurate at no more. ` +
      `They are told by the means over the folds, so chance has a part in which they are. ${preferenceText(study)}`),
    familyKey(study.families), first, rest.length > 0 ? element("div", {class: "panels"}, rest) : null, nonDominatedTable(points, costs));
}

function preferenceText(study) {
  if (study.prefer === "accurate") return "What is trained at the end, ringed, is what the study chose.";
  const [which, cost] = study.prefer === "small" ? ["smallest", "fewest parameters"] : ["fastest", "fewest multiply-adds"];
  return `What is trained at the end, ringed, is the ${which} of each family: of its non-dominated, the one with the ${cost} that is within ${digits(study.prefer_margin / 100)} points of its highest mean, or not shown to be worse.`;
}

function familyKey(families) {
  const signs = {circle: "\u25cf", square: "\u25a0", "triangle-up": "\u25b2", diamond: "\u25c6", cross: "\u271a", "triangle-down": "\u25bc", "triangle-left": "\u25c0", "triangle-right": "\u25b6"};
  return element("ul", {class: "key"}, families.map(({title}, index) => element("li", {},
    element("span", {style: `color: ${familyMark(index).colour}`, "aria-hidden": "true"}, signs[familyMark(index).shape]), ` ${title}`)));
}

function nonDominatedTable(points, costs) {
  const rows = points.filter((point) => point.number !== null).sort((a, b) => a.number - b.number);
  const marks = (point) => [point.final ? "final" : "", point.baseline ? "baseline" : ""].filter((text) => text !== "").join(", ");
  const names = {operations: "multiply-adds", parameters: "parameters", seconds: "time"};
  return figure("The non-dominated", "By the number that they have in the charts. Accuracy: mean over the folds with its 95% interval. Time: of a training in cross-validation, on the machines that did them.", table([
    {title: "", number: true, value: (point) => count(point.number)},
    {title: "configuration", head: true, value: (point) => `${point.family}, ${point.name}`},
    {title: "", value: marks},
    {title: "accuracy, %", number: true, value: (point) => point.interval === null ? digits(point.mean) : withInterval(point.mean, point.interval)},
    ...costs.map(({key, text}) => ({title: names[key], number: true, value: (point) => point[key] === null ? "\u2013" : text(point[key])})),
    {title: "non-dominated by", value: (point) => point.fronts.map((key) => names[key]).join(", ")},
  ], rows, {rowClass: (point) => (point.final ? "chosen" : "")}));
}

// Dots of all families over a cost, the non-dominated numbered and joined, the final ones ringed.
function tradeChart(points, cost, title, text) {
  const shown = points.filter((point) => point[cost] > 0).map((point) => ({...point, cost: point[cost], accuracy: 100 * point.mean, front: point.fronts.includes(cost),
    said: `${point.family}, ${point.name}${point.final ? " (final)" : ""}: ${percent(point.mean)}${point.interval ? ` ${intervalPercent(point.interval)}` : ""}, ${text(point[cost])}`}));
  const front = shown.filter((point) => point.front).sort((a, b) => a.cost - b.cost);
  const alternative = `${title}: the non-dominated from the cheapest on: ${front.map((point) => `${point.family}, ${point.name} ${percent(point.mean)}`).join("; ")}.`;
  const values = shown.map((point) => point.cost);
  const logarithmic = Math.max(...values) > 4 * Math.min(...values);
  const place = {x: {scale: "cost", field: "cost"}, y: {scale: "accuracy", field: "accuracy"}};
  const symbols = (data, size, more) => ({type: "symbol", from: {data}, encode: {enter: {...place, size: {value: size}, shape: {field: "shape"}, ...more}}});
  return chart(alternative, (width) => ({
    height: Math.round(Math.min(Math.max(0.5 * width, 200), 340)),
    data: [{name: "others", values: shown.filter((point) => !point.front)}, {name: "front", values: front}, {name: "final", values: shown.filter((point) => point.final)}],
    scales: [
      {name: "cost", type: logarithmic ? "log" : "linear", domain: scatterDomain(values, logarithmic), zero: false, nice: false, range: "width"},
      {name: "accuracy", domain: scatterDomain(shown.map((point) => point.accuracy), false), zero: false, nice: true, range: "height"}],
    axes: [
      {scale: "accuracy", orient: "left", grid: true, tickCount: 5, title: "accuracy in cross-validation, %"},
      {scale: "cost", orient: "bottom", format: cost === "seconds" ? "~g" : "~s", tickCount: Math.max(Math.round(width / 110), 3), labelOverlap: true, domain: true, title}],
    marks: [
      {type: "line", from: {data: "front"}, encode: {enter: {...place, interpolate: {value: "step-after"}, stroke: {value: "var(--pale)"}, strokeWidth: {value: 1.5}}}},
      symbols("others", 36, {fill: {field: "colour"}, fillOpacity: {value: 0.35}, tooltip: {field: "said"}}),
      symbols("front", 62, {fill: {field: "colour"}, stroke: {value: "var(--paper)"}, strokeWidth: {value: 1}, tooltip: {field: "said"}}),
      {type: "symbol", from: {data: "final"}, encode: {enter: {...place, size: {value: 190}, shape: {value: "circle"}, fill: {value: "transparent"},
        stroke: {value: "var(--ink)"}, strokeWidth: {value: 1.6}, tooltip: {field: "said"}}}},
      {type: "text", from: {data: "front"}, encode: {enter: {...place, text: {field: "number"}, dx: {value: -9}, dy: {value: -9}, align: {value: "center"},
        baseline: {value: "middle"}, fill: {value: "var(--ink)"}, font: {value: kFont}, fontSize: {value: 11}}}}],
  }));
}

// With some room at both ends.
function scatterDomain(values, logarithmic) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (logarithmic) {
    const room = Math.pow(most / least, 0.05);
    return [least / room, most * room];
  }
  const room = Math.max(0.06 * (most - least), 1e-3 * most, 1e-6);
  return [least - room, most + room];
}
