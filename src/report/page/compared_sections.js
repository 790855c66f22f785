// Two networks on the same test images, with McNemar's test.
function pairsSection(level, title, pairs, models, limits = "") {
  const model = (label) => models.find((one) => one.label === label);
  const verdict = (pair) => {
    if (pair.p_value >= 0.05) return "cannot be told apart";
    return `${pair.only_a_right > pair.only_b_right ? pair.a : pair.b} is better`;
  };
  return section(level, title,
    figure("McNemar's test", "Of two networks that read the same images, only those images count that one of them reads right " +
      "and the other wrong. If both were equally good, either kind would be as frequent as the other; p is the " +
      "probability of counts at least this uneven then (exact, two-sided). Below 0.05, the difference is more than chance in the test images. " +
      `The difference is the first's accuracy less the second's.${limits}`,
      table([
        {title: "first", head: true, value: (pair) => pair.a},
        {title: "second", head: true, value: (pair) => pair.b},
        {title: "difference, points", number: true, value: (pair) => signed(model(pair.a).test.accuracy - model(pair.b).test.accuracy)},
        {title: "both right", number: true, value: (pair) => count(pair.both_right)},
        {title: "only first", number: true, value: (pair) => count(pair.only_a_right)},
        {title: "only second", number: true, value: (pair) => count(pair.only_b_right)},
        {title: "neither", number: true, value: (pair) => count(pair.both_wrong)},
        {title: "p", number: true, value: (pair) => probability(pair.p_value)},
        {title: "verdict", whole: true, value: verdict},
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
