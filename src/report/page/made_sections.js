const kOfficialSplits = ["balanced", "byclass", "bymerge", "letters", "digits", "mnist"];

function madeSection(figures, models, ...more) {
  return section(2, "How it was made", more,
    figure("Where and with what", "Times are of this machine; the same recipe, data, seed, versions and number of threads give the same network.",
      table([
        {title: "network", head: true, value: (model) => model.label},
        {title: "seed", number: true, value: (model) => `${model.made.seed}`},
        {title: "threads", number: true, value: (model) => count(model.made.threads)},
        {title: "processor", value: (model) => `${model.made.machine.processor}, ${plural(model.made.machine.processors, "processor")}`},
        {title: "versions", value: (model) => `Inkling ${model.made.versions.inkling}, oneDNN ${model.made.versions.onednn}, compiler ${model.made.versions.compiler}`},
      ], models)),
    filesFigure(figures, models),
    section(3, "Recipes", paragraph("Every value that applied. Saved to a file, each makes its network again with ",
      element("code", {}, "inkling train FILE"), "."),
      models.map((model) => element("details", {}, element("summary", {}, `Recipe of ${model.label}`), element("pre", {}, model.made.recipe)))));
}

function filesFigure(figures, models) {
  const differing = models.flatMap((model) => model.made.files.filter((file) => !file.same)
    .map((file) => `${model.label} learned with another ${file.name}${file.sha256_now === null ? " (not among the files now)" : ""}`));
  return [
    differing.length === 0 ? null : element("p", {class: "note"}, `The data are not those of the training: ${differing.join("; ")}. ` +
      "Test images may then be among those that were learned from, and the results here are not those of the training."),
    figure("Files of the data", `SHA-256 of each file that was read${differing.length === 0 ? ", the same as when the networks were trained" : ""}.`,
      table([
        {title: "file", head: true, value: (file) => file.name},
        {title: "SHA-256", value: (file) => element("span", {class: "hash"}, file.sha256)},
      ], figures.data.files), "long")];
}

function limitsSection(figures, models, ...more) {
  const official = kOfficialSplits.includes(figures.data.split);
  return section(2, "What the numbers do not show", element("ul", {}, [
    official ? null : `The split \u201c${figures.data.split}\u201d is not one of EMNIST's official splits. Accuracies on it cannot be compared with published ones.`,
    "Test images and training images come from one collection: the same forms, scanner and preparation. Images from elsewhere, such as photographs, may be read much worse.",
    "Some characters cannot be told apart without their neighbours, such as O and 0 or I, 1 and L. Part of the errors is in the images, not in the network.",
    ...more,
    "Times and images per second hold for one machine and its load at that time.",
  ].filter((text) => text !== null).map((text) => element("li", {}, text))));
}

const kOneSeed = "Each network was trained once. The interval covers which images the test has, not how another seed would have trained the network.";
const kChosenByTest = "Whoever picks the best of several networks by their test results gets a result that is too good: the choice has seen the test.";

// Two networks on the same test images, with McNemar's test.
function pairsSection(level, title, pairs, models) {
  const model = (label) => models.find((one) => one.label === label);
  const verdict = (pair) => {
    if (pair.p_value >= 0.05) return "cannot be told apart";
    return `${pair.only_a_right > pair.only_b_right ? pair.a : pair.b} is better`;
  };
  return section(level, title,
    figure("McNemar's test", "Of two networks that read the same images, only those images count that one of them reads right " +
      "and the other wrong. If both were equally good, either kind would be as frequent as the other; p is the " +
      "probability of counts at least this uneven then (exact, two-sided). Below 0.05, the difference is more than chance in the test images.",
      table([
        {title: "first", head: true, value: (pair) => pair.a},
        {title: "second", head: true, value: (pair) => pair.b},
        {title: "accuracy difference, points", number: true, value: (pair) => signed(model(pair.a).test.accuracy - model(pair.b).test.accuracy)},
        {title: "both right", number: true, value: (pair) => count(pair.both_right)},
        {title: "only first", number: true, value: (pair) => count(pair.only_a_right)},
        {title: "only second", number: true, value: (pair) => count(pair.only_b_right)},
        {title: "both wrong", number: true, value: (pair) => count(pair.both_wrong)},
        {title: "p", number: true, value: (pair) => probability(pair.p_value)},
        {title: "verdict", value: verdict},
      ], pairs)));
}

// Networks side by side, a line a property.
function sideBySide(models) {
  const rows = [
    ["accuracy, %", (m) => withInterval(m.test.accuracy, m.test.accuracy_interval)],
    ["among the two likeliest, %", (m) => digits(m.test.top2_accuracy)],
    ["among the three likeliest, %", (m) => digits(m.test.top3_accuracy)],
    ["precision, mean over classes, %", (m) => digits(m.test.macro_precision)],
    ["recall, mean over classes, %", (m) => digits(m.test.macro_recall)],
    ["F1, mean over classes, %", (m) => digits(m.test.macro_f1)],
    ["cross-entropy loss", (m) => m.test.loss.toFixed(4)],
    ["parameters", (m) => count(m.parameters)],
    ["epochs", (m) => count(m.epochs)],
    ["training time", (m) => duration(m.training_seconds)],
    ["images per second in training", (m) => count(m.images_per_second)],
  ];
  return figure("Side by side", "All on the same test images.", table([
    {title: "", head: true, value: ([name]) => name},
    ...models.map((model) => ({title: model.label, number: true, value: ([, value]) => value(model)})),
  ], rows));
}
