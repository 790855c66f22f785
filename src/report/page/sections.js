const kConfidence = "The interval in brackets holds the true accuracy with 95% confidence (Wilson's interval for a share): " +
  "it covers the chance that lies in which images were drawn for the test.";

const testOf = (model) => model.test;

// The table of results, one network a line.
function resultTable(models) {
  const best = Math.max(...models.map((model) => model.test.accuracy));
  return table([
    {title: "network", head: true, value: (model) => model.label},
    {title: "accuracy, %", number: true, value: (model) => withInterval(model.test.accuracy, model.test.accuracy_interval)},
    {title: "precision, %", number: true, value: (model) => digits(model.test.macro_precision)},
    {title: "recall, %", number: true, value: (model) => digits(model.test.macro_recall)},
    {title: "F1, %", number: true, value: (model) => digits(model.test.macro_f1)},
    {title: "parameters", number: true, value: (model) => count(model.parameters)},
    {title: "training time", number: true, value: (model) => duration(model.training_seconds)},
    {title: "images/s", number: true, value: (model) => count(model.images_per_second)},
  ], models, {rowClass: (model) => (models.length > 1 && model.test.accuracy === best ? "chosen" : "")});
}

const kMeasures = "Accuracy is the share of test images that are read right. Precision (of the images read as a class, " +
  "those that are of it), recall (of the images of a class, those read as it) and F1 (their harmonic mean) are means " +
  "over the classes. Training time and images per second are of the training steps alone.";

function resultSection(models) {
  const one = models.length === 1;
  return section(2, "The result",
    figure(one ? "Result on the test images" : "Results on the test images",
      `${kMeasures} ${kConfidence}${one ? "" : " The highest accuracy is set in bold."}`, resultTable(models)),
    one ? topTwo(models[0]) :
      figure("Accuracy with its 95% interval", "One dot a network; the line is its interval.",
        dotChart(models.map((model) => modelDot(model)), "accuracy on the test images, %",
          `Accuracies: ${models.map((model) => `${model.label} ${percent(model.test.accuracy)}`).join(", ")}.`)));
}

function modelDot(model, name = model.label, kind = "chosen") {
  const [low, high] = model.test.accuracy_interval;
  return {name, value: model.test.accuracy, low, high, kind,
    text: `${name}: ${percent(model.test.accuracy)} ${intervalPercent([low, high])}`};
}

function topTwo(model) {
  return paragraph(`The true class is among the two likeliest for ${percent(model.test.top2_accuracy)} of the images and ` +
    `among the three likeliest for ${percent(model.test.top3_accuracy)}. The mean cross-entropy loss is ${model.test.loss.toFixed(4)}.`);
}

function dataSection(data, validation) {
  const classes = data.classes;
  const held = validation ? ` ${validation}` : "";
  return section(2, "The data",
    paragraph(`The split \u201c${data.split}\u201d has ${plural(classes.length, "class")
      .replace("classs", "classes")}, ${count(data.train_images)} images to learn from and ${count(data.test_images)} to ` +
      `test by, each ${data.image_size.join(" \u00d7 ")} pixels of grey.${held}`),
    figure("Images of each class", "How many images of each class there are to learn from and to test by. Where classes " +
      "differ in size, accuracy weighs the large ones more; the means over classes weigh all alike.",
      [key([["series-1", "to learn from"], ["series-2", "to test"]]), classCountChart(classes)]),
    figure("What the images look like", "A few images of each class, picked at random from those to learn from.",
      element("div", {class: "samples"}, classes.map((one) => element("div", {}, element("b", {}, one.class),
        element("div", {class: "pictures"}, one.images.map((image) => picture(image, `a handwritten ${one.class}`)))))), "long"));
}

function networkSection(level, model) {
  return section(level, "The network, layer by layer",
    figure("Layers", "Each layer with the shape of what it makes of one image (channels \u00d7 height \u00d7 width, or the " +
      `number of values) and its parameters, the numbers that training sets: ${count(model.parameters)} in all.`,
      table([
        {title: "layer", head: true, value: (layer) => layer.name},
        {title: "what it does", value: (layer) => layer.description},
        {title: "output", number: true, value: (layer) => shape(layer.output)},
        {title: "parameters", number: true, value: (layer) => count(layer.parameters)},
      ], model.layers), "long"));
}

// The course of a training: what is measured while it learns, and on images held out from it.
function learningFigure(history, caption) {
  const points = (name) => history.map((epoch) => ({epoch: epoch.epoch, train: epoch[`train_${name}`], validation: epoch[`validation_${name}`]}));
  const last = history.at(-1);
  const held = last.validation_loss !== null;
  const end = (name, format) => `after ${plural(history.length, "epoch")} ${format(last[`train_${name}`])} in training` +
    (held ? ` and ${format(last[`validation_${name}`])} in validation` : "");
  const loss = (value) => value.toFixed(4);
  const shares = points("accuracy").map((point) => ({...point, train: 100 * point.train,
    validation: point.validation === null ? null : 100 * point.validation}));
  return figure("Loss and accuracy by epoch",
    `An epoch is one pass over the images to learn from. ${caption} Training values are means over the epoch, while the ` +
    `weights still change, and with dropout, distortion and label smoothing where the recipe has them${held ? "; so they can be worse than the validation's" : ""}.`,
    [key(held ? [["series-2", "training"], ["series-1", "validation"]] : [["series-2", "training"]]),
      element("div", {class: "panels"},
        curveChart("loss", points("loss"), loss, `Loss by epoch: ${end("loss", loss)}.`),
        curveChart("accuracy, %", shares, (value) => `${value.toFixed(2)}%`, `Accuracy by epoch: ${end("accuracy", percent)}.`))]);
}

function learningSection(level, model) {
  if (model.history.length === 0) return null;
  const held = model.validation_images > 0
    ? `Validation is measured at its end on ${count(model.validation_images)} images held out from learning.`
    : "All images to learn from were learned from; none were held out for validation.";
  const early = model.stopped_early || model.best_epoch !== model.epochs ? ` The network has the weights of epoch ${model.best_epoch}.` : "";
  return section(level, "Learning", learningFigure(model.history, held + early));
}

function confusionSection(level, model) {
  const names = model.test.per_class.map((one) => one.class);
  return section(level, "Confusions",
    figure("Confusion matrix", "Rows are the true classes, columns what the network read. Blue: read right; red: read " +
      "wrong; the stronger, the larger the share of the row. Point at a cell, or move with the arrow keys, to see its numbers.",
      confusionMatrix(names, model.test.confusion, `Confusion matrix of ${model.label}, ${names.length} classes, ` +
        `${percent(model.test.accuracy)} read right`)),
    model.confused_pairs.length === 0 ? paragraph("No test image was read wrong.") : pairsFigure(model));
}

function pairsFigure(model) {
  const examples = (list, truth, read) => element("div", {class: "pictures"}, list.map((one) =>
    picture(one.image, `a ${truth} read as ${read} with probability ${percent(one.probability)}`)));
  return figure("Most confused pairs", "The pairs of classes that were most often taken for each other, with the first " +
    "test images of each kind.",
    table([
      {title: "pair", head: true, whole: true, value: (pair) => `${pair.a} and ${pair.b}`},
      {title: "one way", whole: true, value: (pair) => `${pair.a} read as ${pair.b}: ${count(pair.a_as_b)} of ${count(pair.a_images)}`},
      {title: "images", value: (pair) => examples(pair.a_as_b_examples, pair.a, pair.b)},
      {title: "the other way", whole: true, value: (pair) => `${pair.b} read as ${pair.a}: ${count(pair.b_as_a)} of ${count(pair.b_images)}`},
      {title: "images", value: (pair) => examples(pair.b_as_a_examples, pair.b, pair.a)},
    ], model.confused_pairs), "long");
}

function classesSection(level, model) {
  const share = (title, name) => ({title, number: true, key: (one) => one[name], value: (one) => digits(one[name])});
  const order = model.test.per_class.map((one) => one.class);
  return section(level, "Class by class",
    figure("Precision, recall and F1 of each class", "Click a column's head to sort by it.",
      table([
        {title: "class", head: true, key: (one) => order.indexOf(one.class), value: (one) => one.class},
        {title: "test images", number: true, key: (one) => one.support, value: (one) => count(one.support)},
        share("precision, %", "precision"), share("recall, %", "recall"), share("F1, %", "f1"),
      ], model.test.per_class, {tall: true}), "long"));
}

function firstImagesSection(level, models) {
  const opinion = (model, index) => {
    const image = model.first_images[index];
    const right = image.likeliest[0].class === image.truth;
    return paragraph(models.length > 1 ? element("span", {}, `${model.label}: `) : null,
      element("span", {class: right ? "good" : "bad"}, `${image.likeliest[0].class} ${percent(image.likeliest[0].probability)}`),
      image.likeliest.slice(1).map((one) => [", ", element("span", {class: "whole"}, `${one.class} ${percent(one.probability)}`)]));
  };
  return section(level, "The first six test images",
    figure("Six images and what was read", "The first six images of the test part, not picked for their results, with their true " +
      "class and the three likeliest classes with the probability that the network gives them; blue where the likeliest is right, red where it is wrong.",
      element("div", {class: "cards"}, models[0].first_images.map((image, index) => element("div", {class: "card"},
        picture(image.image, `test image ${index + 1}, a handwritten ${image.truth}`),
        element("div", {}, paragraph("true class ", element("b", {}, image.truth)), models.map((model) => opinion(model, index)))))), "long"));
}

function modelSections(level, model) {
  return [networkSection(level, model), learningSection(level, model), confusionSection(level, model), classesSection(level, model)];
}
