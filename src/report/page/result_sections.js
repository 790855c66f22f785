const kConfidence = "The interval in brackets holds the true accuracy with 95% confidence (Wilson's interval for a share): " +
  "it covers the chance that lies in which images were drawn for the test.";

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
    {title: "time", number: true, value: (model) => duration(model.training_seconds)},
    {title: "images/s", number: true, value: (model) => count(model.images_per_second)},
  ], models, {rowClass: (model) => (models.length > 1 && model.test.accuracy === best ? "chosen" : "")});
}

const kMeasures = "Accuracy is the share of test images that are read right. Precision (of the images read as a class, " +
  "those that are of it), recall (of the images of a class, those read as it) and F1 (their harmonic mean) are means " +
  "over the classes. Time and images per second are of the training steps alone.";

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
