// The one result that a person asks for first: each family from baseline to final.
function finalsFigures(study, models) {
  const rows = study.families.flatMap((family) => [["baseline", family.baseline], ["best", family.best]]
    .filter(([, finals]) => finals !== null).map(([role, finals]) => ({name: `${role} ${family.title}`, role, finals})));
  const spread = (name) => (row) => meanWithSpread(row.finals[name], digits);
  const seeds = study.final_seeds;
  const watching = models.filter((model) => model.validation_images > 0)
    .map((model) => ` The ${model.label} learned from all but ${count(model.validation_images)}, which it watched meanwhile.`).join("");
  const failed = rows.filter((row) => row.finals.runs.length < seeds)
    .map((row) => ` Of the ${row.name}, only ${count(row.finals.runs.length)} could be trained to the end.`).join("");
  return [
    figure("Baseline and final configuration of each family", `Each configuration was trained ${seeds === 1 ? "once" : `${seeds} times, with ${seeds} seeds,`} on all images to learn ` +
      `from, then tested once.${watching}${failed} ${seeds === 1 ? "" : "Values are means over the seeds \u00b1 their standard deviation. "}${kMeasures} The interval in brackets is Wilson's 95% ` +
      "interval for the mean accuracy: it covers the chance that lies in which images were drawn for the test.",
      table([
        {title: "configuration", head: true, whole: true, value: (row) => row.name},
        {title: "accuracy, %", number: true, value: (row) => [meanWithSpread(row.finals.accuracy, digits), " ",
          element("span", {class: "interval"}, interval(row.finals.accuracy_interval))]},
        {title: "precision, %", number: true, value: spread("macro_precision")},
        {title: "recall, %", number: true, value: spread("macro_recall")},
        {title: "F1, %", number: true, value: spread("macro_f1")},
        {title: "parameters", number: true, value: (row) => count(row.finals.parameters)},
        {title: "time", number: true, value: (row) => duration(row.finals.training_seconds.mean)},
        {title: "images/s", number: true, value: (row) => count(row.finals.images_per_second.mean)},
      ], rows, {rowClass: (row) => (row.role === "best" ? "chosen" : "")})),
    figure("Accuracy on the test images", "Mean over the seeds with its interval; grey: baseline, blue: final configuration.",
      dotChart(rows.map((row) => {
        const [low, high] = row.finals.accuracy_interval;
        const text = `${row.name}: ${percent(row.finals.accuracy.mean)} ${intervalPercent([low, high])}`;
        return {name: row.name, value: row.finals.accuracy.mean, low, high, kind: row.role === "best" ? "chosen" : "other", text};
      }), "accuracy on the test images, %", `Accuracies: ${rows.map((row) => `${row.name} ${percent(row.finals.accuracy.mean)}`).join(", ")}.`))];
}

// Two configurations with all their seeds, beside McNemar's test of one network of each.
function differencesFigure(figures) {
  if (figures.differences.length === 0) return null;
  const rows = figures.differences.map((difference, index) => ({...difference, pair: figures.pairs[index]}));
  const verdicts = {better: (row) => `${row.a} is better`, worse: (row) => `${row.b} is better`, undecided: () => "undecided"};
  return figure("Differences", "The first's mean accuracy less the second's, with a 95% interval that covers both sources of chance, the seeds and the test images " +
    "(variance components of crossed random effects, Student's t with Satterthwaite's degrees of freedom). Where it holds 0, it is undecided which one is better. " +
    "The last column is p of McNemar's test of one network of each, the one of median accuracy: it covers the images alone.",
    table([
      {title: "first", head: true, value: (row) => row.a},
      {title: "second", head: true, value: (row) => row.b},
      {title: "seeds", number: true, value: (row) => row.seeds.join(", ")},
      {title: "difference, points", number: true, value: (row) => [signed(row.mean), " ",
        row.interval === null ? "" : element("span", {class: "interval"}, interval(row.interval))]},
      {title: "verdict", whole: true, value: (row) => row.interval === null ? "one seed each: nothing is known of seeds" : verdicts[row.verdict](row)},
      {title: "p, median networks", number: true, value: (row) => probability(row.pair.p_value)},
    ], rows));
}

function meanWithSpread({mean, deviation}, format) {
  return format(mean) + (deviation === null ? "" : ` \u00b1 ${format(deviation)}`);
}

// How the path was walked, before its steps are shown.
function pathIntroduction(study) {
  const ways = {
    sequential: "One technique after the other was explored in the order below, each over the best settings found before it.",
    tpe: "Combinations of the techniques' options, and values of their ranges, were proposed by a tree-structured Parzen estimator (Bergstra et al., 2011): the first at random, each further round by the scores before it.",
    random: "Combinations of the techniques' options were drawn at random, each at one of the learning rates that its options bring.",
    grid: "All combinations of the techniques' options were tried, each at one of the learning rates that its options bring.",
  };
  const margin = `${digits(study.margin / 100)} points`;
  const images = study.data_fraction === 1 ? "all" : `${percent(study.data_fraction, 0)} of the`;
  return [
    paragraph(`${ways[study.strategy]} Options were compared on ${study.folds} folds, the same for all: the networks learned from the other folds, and the test images had no part in it. ` +
      `Beside the chosen option, another is called worse, equivalent (it differs by ${margin} at most) or undecided; were all options of this study equal, the chance that any of them would be called worse is 5% at most. ` +
      "Undecided means that these folds cannot tell, not that the options are equal."),
    disclosure("How options were tried, compared and chosen",
      paragraph(`Folds: ${images} images to learn from were split into ${study.folds + 1 + study.fresh_folds} parts ${study.folds_by === "writer" ? "of whole writers, so that each judges by writers whom the networks have not seen" : "with equal shares of each class"}. Options were compared on ${study.folds} of them, each judging networks that ` +
        "learned from all others, with the same seeds for all options. One more judged learning rates only." + (study.fresh_folds > 0 ? ` The other ${study.fresh_folds} chose nothing: they score what was found.` : "")),
      study.strategy === "sequential" ? paragraph("Learning rates: where a technique brings several, each of its options was tried at equally many, and the one that did best on the last part stands for the option. " +
        "While that was the highest or lowest tried, one further was tried, three times at most.") : null,
      paragraph(study.racing
        ? `Dropping: after ${Math.min(3, study.folds)} folds and each further one, an option went no further where a one-sided paired t-test put it behind the best so far (5%). It is compared on the folds that it has.`
        : "Dropping: no option was dropped; all were scored on all folds."),
      paragraph("Intervals, in brackets: those of differences hold together, for all pairs of configurations that a family's path compares, with 95% probability or more, whichever was chosen by these scores (Tukey, 1953, " +
        "at 5% divided by the number of families; the variance is that of options by folds over the rounds so far, and no less than the pair's own). Those of means are 95% intervals, one by one (Student's t). " +
        "Both are widened because the folds share images to learn from (Nadeau and Bengio, 2003), as if at least a quarter of the variance were common to a configuration's folds."),
      paragraph(study.choose === "cheapest"
        ? `Choosing: of the options that are not shown to be worse than the one of the highest mean, those count whose mean is within ${margin} of it, or that are shown to be equivalent. Of these the one with the ` +
          "fewest multiply-adds an image was chosen, then the one with the fewest parameters, then what was best before, then the highest mean."
        : "Choosing: the highest mean; at equal means what was best before.")),
  ];
}

const disclosure = (title, ...content) => element("details", {}, element("summary", {}, title), ...content);

function familySection(family, study) {
  if (family.rounds.length === 0) return null;
  return section(3, study.strategy === "sequential" ? `${family.title}, technique by technique` : family.title,
    paragraph(`Each training in cross-validation took ${plural(family.epochs, "epoch")}.` + (family.weighs_classes
      ? " Accuracies there are of images that weigh as the recipes' prior says, not as often as their classes come." : "")),
    family.rounds.map((round, index) => roundSection(round, index === 0 ? "the baseline" : "what was best before", family.fresh?.steps[index] ?? null)), foundSections(family, study));
}

// `before` names what the options had to beat; `fresh` is the step on folds that chose nothing, if any.
function roundSection(round, before, fresh) {
  const rows = round.options;
  const scored = rows.filter((option) => option.mean !== null);
  // The interval of the few folds of an option that was dropped says little, and would take all of the chart.
  const bounds = (option) => (option.status === "finished" ? option.interval : null) ?? [null, null];
  const shown = scored.filter((option) => option.status === "finished");
  const dots = shown.map((option) => ({name: option.name, value: option.mean, low: bounds(option)[0], high: bounds(option)[1],
    kind: option.chosen ? "chosen" : "other",
    text: `${option.name}: ${percent(option.mean)}${option.interval ? ` ${intervalPercent(option.interval)}` : ""}, ${plural(option.scores.length, "fold")}`}));
  return section(4, capitalised(round.technique), paragraph(verdict(round, before, fresh)),
    shown.length < 2 ? null : figure("Scores", `Mean accuracy over the folds with its 95% interval; blue: chosen.${scored.length > shown.length ? " Options without all folds are in the table, beside the chosen one on the folds that both have." : ""}`,
      dotChart(dots, "accuracy in cross-validation, %", `${round.technique}: ${shown.map((option) => `${option.name} ${percent(option.mean)}`).join(", ")}.`)),
    optionsTable(round, before));
}

// Says plainly what was chosen and what is shown of the others.
function verdict(round, before, fresh) {
  if (!round.decided) return "Not decided yet.";
  const chosen = round.options.find((option) => option.chosen);
  const score = chosen.mean === null ? "" : `, ${percent(chosen.mean)}`;
  const gain = fresh?.gain ? `; on fresh folds ${points(fresh.gain)} ${before}` : round.gain === null ? `; a training of ${before} failed` : `; ${points(round.gain)} ${before}, ${verdictWord(round.gain, "better")}`;
  const opening = chosen.before ? `${capitalised(before)} stays${chosen.name === "as before" ? "" : `: ${chosen.name}`}${score}.` : `Chosen: ${chosen.name}${score}${gain}.`;
  // What the gain is over has its verdict there.
  const named = (word) => round.options.filter((option) => option.difference_from_chosen?.verdict === word && !(option.before && round.gain))
    .map((option) => option.name);
  const [better, equivalent, undecided] = ["better", "equivalent", "undecided"].map(named);
  const found = [
    better.length > 0 ? `better than ${enumerate(better)}` : "",
    equivalent.length > 0 ? `equivalent to ${enumerate(equivalent)}` : "",
  ].filter((text) => text !== "");
  if (better.length + equivalent.length + undecided.length === 0 && !round.gain) return `${opening} There is no other option to compare it with.`;
  return `${opening} ${found.length > 0 ? `It is ${found.join(" and ")}.` : ""}${undecided.length > 0 ? ` Undecided: ${enumerate(undecided)}.` : ""}${edge(chosen)}`;
}

// What is shown of an option beside the chosen one; `better` says the chosen one's side.
const verdictWord = (difference, better) => difference.verdict === "better" ? better : difference.verdict;

// The best rate lies at the end of those tried only where three steps beyond it, or a failure, did not turn it.
function edge(option) {
  const rates = option.rates.map((rate) => rate.learning_rate);
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  if (least === most || (option.learning_rate !== least && option.learning_rate !== most)) return "";
  const [end, further] = option.learning_rate === most ? ["highest", "higher"] : ["lowest", "lower"];
  return ` Its learning rate is the ${end} of those tried: a ${further} one may be better still.`;
}

function points(difference) {
  const where = difference.mean < 0 ? "below" : "above";
  return `${digits(Math.abs(difference.mean))} points ${difference.interval ? `${interval(difference.interval)} ` : ""}${where}`;
}

function optionsTable(round, before) {
  const none = "\u2013";
  const quiet = (text) => [" ", element("span", {class: "interval"}, text)];
  const rates = (option) => [...new Set(option.rates.map((rate) => rate.learning_rate).sort((a, b) => a - b).map(rateText))];
  const old = before.replace("what was ", "").replace("the ", "");
  const own = (option) => {
    if (option.chosen) return option.before ? `chosen, ${old}` : "chosen";
    if (option.status === "failed") return `failed: ${option.reason}`;
    const word = option.difference_from_chosen === null ? "" : verdictWord(option.difference_from_chosen, "worse");
    return [option.before ? old : "", word, option.status === "dropped" ? `dropped after ${plural(option.scores.length, "fold")}` : ""].filter((text) => text !== "").join(", ");
  };
  // Another rate stands for the option, but that one failed is no less of a finding.
  const failures = (option) => option.rates.filter((rate) => rate.status === "failed" && rate.reason !== option.reason)
    .map((rate) => `failed at ${rateText(rate.learning_rate)}: ${rate.reason}`);
  const state = (option) => [own(option), ...failures(option)].filter((text) => text !== "").join("; ");
  return table([
    {title: "option", head: true, value: (option) => option.name},
    {title: "", value: state},
    {title: "accuracy, %", number: true, value: (option) => option.mean === null || option.status === "dropped" ? none
      : [digits(option.mean), option.interval ? quiet(interval(option.interval)) : null]},
    {title: "SD", number: true, value: (option) => option.deviation === null || option.status === "dropped" ? none : digits(option.deviation)},
    {title: "folds", number: true, value: (option) => count(option.scores.length)},
    {title: "difference, points", number: true, value: (option) => option.difference_from_chosen === null ? none
      : [signed(option.difference_from_chosen.mean),
        option.difference_from_chosen.interval ? quiet(interval(option.difference_from_chosen.interval)) : null]},
    {title: "learning rate", value: (option) => [rateText(option.learning_rate),
      rates(option).length > 1 ? quiet(`of ${rates(option).join(", ")}`) : null]},
  ], round.options, {rowClass: (option) => option.chosen ? "chosen" : ["dropped", "failed"].includes(option.status) ? "out" : ""});
}

const rateText = (rate) => String(Number(rate.toPrecision(3)));

// "section.key=value" over the baseline's recipe; the whole recipe stands at the end of the report.
function settingsFigure(family) {
  if (family.overrides.length === 0) return paragraph("The final configuration is the baseline.");
  return figure("Settings of the final configuration", "What it sets in the baseline's recipe.", table([
    {title: "setting", head: true, value: ([name]) => name},
    {title: "value", value: ([, value]) => value},
  ], family.overrides.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)])), "long");
}

function studyMade(study, baselines) {
  const facts = [
    ["recipe, budget", `${study.name}, ${study.budget}`],
    ["strategy", study.strategy + (study.racing ? ", with racing" : ", without racing")],
    ["choice", study.choose === "cheapest" ? `the cheapest within ${digits(study.margin / 100)} points` : "the highest mean"],
    ["images in cross-validation", `${percent(study.data_fraction, 0)} of those to learn from, ${study.folds} folds, one to tune by${study.fresh_folds > 0 ? ` and ${study.fresh_folds} fresh ones` : ""}`],
    ...(study.confirm > 0 ? [["confirmed at full length", `up to ${plural(study.confirm, "configuration")}, ${plural(study.confirm_seeds, "seed")}, ${percent(study.confirm_fraction, 0)} of the images held out`]] : []),
    ...study.families.map((family) => [`epochs, ${family.title}`, `${family.epochs} in cross-validation, ${family.final_epochs} at the end`]),
    ["seeds at the end", `${study.final_seeds}`],
    ["seed of the study", `${study.seed}`],
    ["trainings", `${count(study.trainings)}${study.failed_trainings ? `, of which ${count(study.failed_trainings)} failed` : ""}, ${duration(study.training_seconds)} together, threads of each: ${study.threads}`],
    ["begun", `${study.begun} UTC`],
  ];
  return [
    figure("The study", "What its budget set, and what it took.", table([
      {title: "", head: true, value: ([name]) => name}, {title: "", value: ([, value]) => value}], facts)),
    element("details", {}, element("summary", {}, "Recipe of the study"), element("pre", {}, study.recipe)),
    baselines.map((model) => model.curve.length === 0 ? null : section(3, `How the ${model.label} learns`, learningFigures(model))),
  ];
}

const kOrderLimit = "Each technique was explored once, in one order, over what was best at that point. Another order may lead elsewhere, and techniques that only help together may be missed.";
const kStudyLimits = [
  "Cross-validation used fewer epochs and images than the last trainings where the budget says so. What is best for short trainings on few images need not be best for long ones on all.",
  "The chosen options look somewhat better than they are by the scores that chose them; fresh folds and the test images do not flatter them.",
  "Options that watch images as they learn (reduce on plateau, early stopping) hold them out from their own, so they learn from fewer than the others.",
  "EMNIST's files do not name writers. Where folds are of images, each judges by writers whom the networks know from other images, and flatters them for it.",
  "The spread over seeds covers initial weights and order of images; it says nothing about other training images.",
];

// What a study that is not done has found so far.
function unfinishedReport(figures) {
  const {study, unfinished} = figures;
  const left = unfinished.seconds_left === null ? "" : `, about ${duration(unfinished.seconds_left)} left`;
  const share = unfinished.share === null ? "" : `, ${percent(unfinished.share, 0)} of the expected work${left}`;
  const state = unfinished.running ? "This study is running" : "This study was stopped";
  const now = (family) => family.exploring === null ? (family.decided === family.rounds ? "final trainings" : "waiting") : family.exploring;
  return {
    title: `Not finished: ${study.name} on the split \u201c${figures.data.split}\u201d`,
    state: `${state}: ${plural(unfinished.trainings, "training")} done${share}. Updated ${unfinished.updated} UTC` +
      (unfinished.running ? "; the page loads itself again every 10 seconds." : `; it goes on with \u201cinkling study ${unfinished.folder}\u201d.`) +
      " What is not decided may still change, and the test images have not been read.",
    summary: "",
    parts: () => [
      section(2, "How far it has come", figure("Techniques of each family", "Those that are decided stay so.", table([
        {title: "family", head: true, value: (family) => family.title},
        {title: "decided", number: true, value: (family) => `${family.decided} of ${family.rounds}`},
        {title: "now", value: now},
      ], unfinished.families))),
      section(2, "The path so far", pathIntroduction(study), study.families.map((family) => familySection(family, study))),
      importanceSection(study),
      tradeOffSection(study),
    ],
  };
}

function studyReport(figures) {
  if (figures.unfinished) return unfinishedReport(figures);
  const study = figures.study;
  const finals = figures.models.filter((model) => model.role === "best");
  const shown = finals.length > 0 ? finals : figures.models;
  const baselines = figures.models.filter((model) => model.role === "baseline");
  const tested = study.families.filter((family) => family.best !== null);
  const reach = tested.map((family) => `the best ${family.title} reads ${percent(family.best.accuracy.mean)} ` +
    `${intervalPercent(family.best.accuracy_interval)} of the test images right` +
    (family.baseline ? `, its baseline ${percent(family.baseline.accuracy.mean)}` : ""));
  return {
    title: `${enumerate(study.families.map((family) => `The best ${family.title}`)).replaceAll(" The", " the")} on the split \u201c${figures.data.split}\u201d`,
    summary: `${capitalised(reach.join("; "))}. Values are means over ${plural(study.final_seeds, "seed")}, with 95% intervals.`,
    parts: () => [
      section(2, "The result", finalsFigures(study, figures.models), differencesFigure(figures)),
      trySection(figures.pad),
      dataSection(figures.data),
      section(2, "The path", pathIntroduction(study), study.families.map((family) => familySection(family, study))),
      importanceSection(study),
      tradeOffSection(study),
      ...networkSections(shown, study.final_seeds === 1 ? null : "From here on, one network of each family stands for its configuration: the one whose accuracy is the median of its " +
        `${study.final_seeds} seeds (the lower of two middle ones).`),
      figures.pairs.length === 0 ? null
        : section(2, `The ${shown.map((model) => model.label).join(" and the ")} compared`, shown.length > 1 ? sideBySide(shown) : null,
          pairsSection(3, "One network of each, image by image", figures.pairs, figures.models, " It covers the test images, not the seeds: those are in the differences above.")),
      unreadSection(figures.unread),
      madeSection(figures, figures.models, studyMade(study, baselines)),
      limitsSection(figures, ...(study.strategy === "sequential" ? [kOrderLimit] : []), ...kStudyLimits),
    ],
  };
}
