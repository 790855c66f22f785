// How far a network's probabilities hold: its certainty beside how often it was right, and its sets of classes.
function certaintyFigures(model) {
  return [reliabilityFigure(model), setsFigure(model), paragraph(priorSentence(model.prior))];
}

function reliabilityFigure(model) {
  const bins = model.test.reliability.filter((bin) => bin.images > 0);
  const temperature = model.temperature === 1 ? "" : ` Its logits were divided by ${model.temperature.toFixed(2)}, which ` +
    "gave the least loss on the images held out of training.";
  return figure("How sure, how right", "The test images, sorted by how probable the network held its reading: a dot for each " +
    `fifteenth from 0 to 100%, the larger the more images. Below the line the network is too sure, above it too ` +
    `modest. The mean distance from the line, over images, is the expected calibration error: ${percent(model.test.calibration_error)}.${temperature}`,
    reliabilityChart(bins, `How often the network was right by how sure it was: ${bins.map((bin) =>
      `${percent(bin.confidence, 0)} sure, ${percent(bin.accuracy, 0)} right`).join("; ")}.`));
}

function reliabilityChart(bins, text) {
  const values = bins.map((bin) => ({confidence: 100 * bin.confidence, accuracy: 100 * bin.accuracy, images: bin.images,
    text: `${plural(bin.images, "image")}: ${percent(bin.confidence)} sure, ${percent(bin.accuracy)} right`}));
  return chart(text, (width) => ({
    width: Math.min(width, 420),
    autosize: {type: "fit", contains: "padding"},
    height: Math.min(width, 420) * 0.8,
    data: [{name: "bins", values}],
    scales: [
      {name: "sure", domain: [0, 100], range: "width"},
      {name: "right", domain: [0, 100], range: "height"},
      {name: "images", type: "sqrt", domain: {data: "bins", field: "images"}, zero: true, range: [0, 260]}],
    axes: [
      {scale: "right", orient: "left", grid: true, tickCount: 5, title: "right, %"},
      {scale: "sure", orient: "bottom", grid: true, tickCount: 5, title: "sure, %"}],
    marks: [
      {type: "rule", encode: {enter: {x: {scale: "sure", value: 0}, y: {scale: "right", value: 0}, x2: {scale: "sure", value: 100},
        y2: {scale: "right", value: 100}, stroke: {value: "var(--quiet)"}, strokeDash: {value: [3, 3]}}}},
      {type: "symbol", from: {data: "bins"}, encode: {enter: {x: {scale: "sure", field: "confidence"}, y: {scale: "right", field: "accuracy"},
        size: {signal: "max(scale('images', datum.images), 24)"}, fill: {value: "var(--series-1)"}, fillOpacity: {value: 0.85},
        tooltip: {field: "text"}}}}],
  }));
}

function setsFigure(model) {
  if (model.test.sets.length === 0) return null;
  return figure("Sets instead of one reading", "Where one reading is not sure enough, the network can give a set, such as " +
    "\u201cO or 0\u201d: its likeliest class and all that reach a least probability, which the images held out of training " +
    "set (split conformal prediction). Over images like those, a set holds the true class as often as asked; it may do so " +
    "less often for one class, or where other images are read.",
    table([
      {title: "asked, %", head: true, value: (one) => digits(one.coverage, 0)},
      {title: "held the true class here, %", number: true, value: (one) => digits(one.held)},
      {title: "least probability, %", number: true, value: (one) => digits(one.least_probability)},
      {title: "classes in a set", number: true, value: (one) => one.mean_size.toFixed(2)},
      {title: "sets of one class, %", number: true, value: (one) => digits(one.single)},
    ], model.test.sets));
}

function priorSentence(prior) {
  const ways = {
    as_is: "as frequent as among the images that it learned from",
    balanced: "each as frequent as another, whatever the images to learn from hold",
    list: "as frequent as its recipe lists",
  };
  return `The network takes the classes to be ${ways[prior]} (training.prior = "${prior}").`;
}
