// A part about each network: with one network, its figures; with several, a heading for each of them too. A run's label
// is its folder's name and stays as it is; a study's begins a heading.
function networksSection(title, models, figures, introduction = null) {
  const parts = models.map((model) => [model, figures(model)]).filter(([, shown]) => shown !== null);
  if (parts.length === 0) return null;
  return section(2, title, introduction === null ? null : paragraph(introduction),
    models.length === 1 ? parts[0][1] : parts.map(([model, shown]) => section(3, model.role ? capitalised(model.label) : model.label, shown)));
}

// `introduction` says which networks these are, where that needs saying.
function networkSections(models, introduction = null) {
  return [
    networksSection(models.length === 1 ? "The network, layer by layer" : "The networks, layer by layer", models, layersFigure, introduction),
    networksSection("Learning", models, learningFigures),
    networksSection("Confusions", models, (model) => [matrixFigure(model), pairsFigure(model)]),
    networksSection(`How far ${models.length === 1 ? "its" : "their"} probabilities hold`, models, certaintyFigures),
    networksSection("Class by class", models, classesFigure),
    firstImagesSection(models),
  ];
}

function layersFigure(model) {
  return figure("Layers", "Each layer with the shape of what it makes of one image (channels \u00d7 height \u00d7 width, or the " +
    `number of values) and its parameters, the numbers that training sets: ${count(model.parameters)} in all.`,
    table([
      {title: "layer", head: true, value: (layer) => layer.name},
      {title: "what it does", value: (layer) => layer.description},
      {title: "output", number: true, value: (layer) => shape(layer.output)},
      {title: "parameters", number: true, value: (layer) => count(layer.parameters)},
    ], model.layers), "long");
}

// A study trains on all images in the end; how the configuration learns is seen in another training, with some held out.
function learningFigures(model) {
  if (model.curve?.length > 0)
    return learningFigure(model.curve, "This is a training of the same configuration, for as many epochs, with part of the " +
      "images held out from learning; validation is measured on those at the end of each epoch. The tested network itself learned from all images" +
      `${model.validation_images > 0 ? ` but ${count(model.validation_images)}, which it watched in the same way` : ""}.`);
  if (model.history.length === 0) return null;
  const held = model.validation_images > 0
    ? `Validation is measured at its end on ${count(model.validation_images)} images held out from learning.`
    : "All images to learn from were learned from; none were held out for validation.";
  const early = model.stopped_early || model.best_epoch !== model.epochs ? ` The network has the weights of epoch ${model.best_epoch}.` : "";
  return learningFigure(model.history, held + early);
}

// The course of a training: what is measured while it learns, and on images held out from it.
function learningFigure(history, caption) {
  const last = history.at(-1);
  const held = last.validation_loss !== null;
  const loss = (value) => value.toFixed(4);
  const end = (name, format) => `after ${plural(history.length, "epoch")} ${format(last[`train_${name}`])} in training` +
    (held ? ` and ${format(last[`validation_${name}`])} in validation` : "");
  if (history.length === 1)
    return paragraph(`There was one epoch, one pass over the images to learn from. The loss was ${end("loss", loss).slice("after 1 epoch ".length)}, ` +
      `the accuracy ${end("accuracy", percent).slice("after 1 epoch ".length)}. ${caption}`);
  const points = (name, scale) => history.map((epoch) => ({epoch: epoch.epoch, train: scale * epoch[`train_${name}`],
    validation: epoch[`validation_${name}`] === null ? null : scale * epoch[`validation_${name}`]}));
  return figure("Loss and accuracy by epoch",
    `An epoch is one pass over the images to learn from. ${caption} Training values are means over the epoch, while the ` +
    `weights still change, and with dropout, distortion and label smoothing where the recipe has them${held ? "; so they can be worse than the validation's" : ""}.`,
    [key(held ? [["series-2", "training"], ["series-1", "validation"]] : [["series-2", "training"]]),
      element("div", {class: "panels"},
        curveChart("loss", points("loss", 1), loss, `Loss by epoch: ${end("loss", loss)}.`),
        curveChart("accuracy, %", points("accuracy", 100), (value) => `${value.toFixed(2)}%`, `Accuracy by epoch: ${end("accuracy", percent)}.`))]);
}

function matrixFigure(model) {
  const names = model.test.per_class.map((one) => one.class);
  return figure("Confusion matrix", "Rows are the true classes, columns what the network read. Blue: read right; red: read " +
    "wrong; the stronger, the larger the share of the row. Point at a cell, or move with the arrow keys, to see its numbers.",
    confusionMatrix(names, model.test.confusion, `Confusion matrix of ${model.label}, ${names.length} classes, ` +
      `${percent(model.test.accuracy)} read right`));
}

function pairsFigure(model) {
  if (model.confused_pairs.length === 0) return paragraph("No test image was read wrong.");
  const way = (truth, read, times, images) => `${truth} read as ${read}: ${count(times)} of ${count(images)}`;
  const examples = (list, truth, read) => element("div", {class: "pictures"}, list.map((one) =>
    picture(one.image, `a ${truth} read as ${read} with probability ${percent(one.probability)}`)));
  return figure("Most confused pairs", "The pairs of classes that were most often taken for each other, with the first " +
    "test images of each kind.",
    table([
      {title: "pair", head: true, whole: true, value: (pair) => `${pair.a} and ${pair.b}`},
      {title: "one way", whole: true, value: (pair) => way(pair.a, pair.b, pair.a_as_b, pair.a_images)},
      {title: "images", value: (pair) => examples(pair.a_as_b_examples, pair.a, pair.b)},
      {title: "the other way", whole: true, value: (pair) => way(pair.b, pair.a, pair.b_as_a, pair.b_images)},
      {title: "images", value: (pair) => examples(pair.b_as_a_examples, pair.b, pair.a)},
    ], model.confused_pairs), "long");
}

function classesFigure(model) {
  const share = (title, name) => ({title, number: true, key: (one) => one[name], value: (one) => digits(one[name])});
  const order = model.test.per_class.map((one) => one.class);
  return figure("Precision, recall and F1 of each class", "Click a column's head to sort by it.",
    table([
      {title: "class", head: true, key: (one) => order.indexOf(one.class), value: (one) => one.class},
      {title: "test images", number: true, key: (one) => one.support, value: (one) => count(one.support)},
      share("precision, %", "precision"), share("recall, %", "recall"), share("F1, %", "f1"),
    ], model.test.per_class, {tall: true}), "long");
}

function firstImagesSection(models) {
  const opinion = (model, index) => {
    const image = model.first_images[index];
    const right = image.likeliest[0].class === image.truth;
    return paragraph(models.length > 1 ? element("span", {}, `${model.label}: `) : null,
      element("span", {class: right ? "good" : "bad"}, `${image.likeliest[0].class} ${percent(image.likeliest[0].probability)}`),
      image.likeliest.slice(1).map((one) => [", ", element("span", {class: "whole"}, `${one.class} ${percent(one.probability)}`)]));
  };
  return section(2, "The first six test images",
    figure("Six images and what was read", "The first six images of the test part, not picked for their results, with their true " +
      "class and the three likeliest classes with the probability that the network gives them; blue where the likeliest is right, red where it is wrong.",
      element("div", {class: "cards"}, models[0].first_images.map((image, index) => element("div", {class: "card"},
        picture(image.image, `test image ${index + 1}, a handwritten ${image.truth}`),
        element("div", {}, paragraph("true class ", element("b", {}, image.truth)), models.map((model) => opinion(model, index)))))), "long"));
}
