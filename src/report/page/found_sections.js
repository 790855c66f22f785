// What a family's path found: step by step, on folds that chose nothing, and at full length.

const stepName = (step) => (step.technique === "" ? step.option : `${step.technique}: ${step.option}`);
const bracketed = (bounds) => (bounds === null ? null : [" ", element("span", {class: "interval"}, interval(bounds))]);
const differenceCell = (difference) => (difference === null ? "\u2013" : [signed(difference.mean), bracketed(difference.interval)]);
const meanCell = (mean) => (mean === null ? "\u2013" : digits(mean));

function foundSections(family, study) {
  return [family.fresh ? freshSection(family, study) : chosenStepsSection(family), worthSection(family, study),
    confirmationSection(family, study), settingsFigure(family)];
}

// The steps by the scores that chose them, where there are no others.
function chosenStepsSection(family) {
  const steps = family.steps;
  if (steps.length === 0) return null;
  const gain = (step, index) => index === 0 ? "" : step.mean === steps[index - 1].mean ? "0.00" : signed(step.mean - steps[index - 1].mean);
  const total = steps.at(-1).mean - steps[0].mean;
  return section(4, "Step by step",
    figure("From the baseline to the path\u2019s end", `Accuracy in cross-validation after each choice; all choices together gained ${signed(total)} points. ` +
      "A choice was made because it scored best on these very folds, so the sum is somewhat too good; the test images, which had no part in choosing, tell what is left of it.",
      [dotChart(steps.map((step, index) => ({name: stepName(step), value: step.mean, low: step.interval?.[0] ?? null, high: step.interval?.[1] ?? null,
        kind: index === steps.length - 1 ? "chosen" : "other", text: `${stepName(step)}: ${percent(step.mean)}`})), "accuracy in cross-validation, %",
        `Accuracy step by step: ${steps.map((step) => `${stepName(step)} ${percent(step.mean)}`).join(", ")}.`, {path: true}),
        table([
          {title: "choice", head: true, value: stepName},
          {title: "accuracy, %", number: true, value: (step) => digits(step.mean)},
          {title: "gain, points", number: true, value: (step) => gain(step, steps.indexOf(step))},
        ], steps)]));
}

// The steps on folds that chose nothing, beside the scores that chose them.
function freshSection(family, study) {
  const fresh = family.fresh;
  const rows = [{technique: "", option: "baseline", changed: true, mean: fresh.baseline, gain: null, chosen_by: fresh.baseline_chosen_by},
    ...fresh.steps.filter((step) => step.changed)];
  if (fresh.confirmed !== null) rows.push({technique: "", option: "confirmed at full length", mean: fresh.confirmed, gain: fresh.confirmed_gain, chosen_by: null});
  const scored = rows.filter((row) => row.mean !== null);
  const kept = fresh.steps.filter((step) => !step.changed).map((step) => step.technique);
  const total = fresh.gain === null ? "" : ` From the baseline to the rounds\u2019 end: ${signed(fresh.gain.mean)} points${fresh.gain.interval ? ` ${interval(fresh.gain.interval)}` : ""}.`;
  return section(4, "Step by step",
    figure("From the baseline on", `Accuracy on ${plural(study.fresh_folds, "fresh fold")}, which had no part in any choice.${total} ` +
      `The intervals hold together with those above (Tukey).${kept.length > 0 ? ` What was before stayed in: ${enumerate(kept)}.` : ""} ` +
      (fresh.confirmed !== null ? "What was confirmed at full length, here beside the baseline, need not be better in trainings as short as these. " : "") +
      "The last column has the scores that chose, which are somewhat too good.",
      [scored.length === 0 ? null : dotChart(scored.map((row, index) => ({name: stepName(row), value: row.mean, low: null, high: null,
        kind: row.option === "confirmed at full length" || (fresh.confirmed === null && index === scored.length - 1) ? "chosen" : "other", text: `${stepName(row)}: ${percent(row.mean)}`})), "accuracy on fresh folds, %",
        `Accuracy on fresh folds, step by step: ${scored.map((row) => `${stepName(row)} ${percent(row.mean)}`).join(", ")}.`, {path: true}),
        table([
          {title: "choice", head: true, value: stepName},
          {title: "accuracy, %", number: true, value: (row) => meanCell(row.mean)},
          {title: "gain, points", number: true, value: (row) => row.gain === null ? "" : differenceCell(row.gain)},
          {title: "as chosen by, %", number: true, value: (row) => meanCell(row.chosen_by)},
        ], rows)]));
}

// Each choice taken back: what the final configuration of the path loses.
function worthSection(family, study) {
  if (!family.fresh || study.strategy !== "sequential") return null;
  const worths = family.fresh.worths.filter((worth) => worth.difference !== null).sort((a, b) => b.difference.mean - a.difference.mean);
  const failed = family.fresh.worths.filter((worth) => worth.difference === null && worth.reason !== "");
  if (worths.length + failed.length === 0) return null;
  const name = (worth) => `${worth.technique}: ${worth.option}`;
  const text = (worth) => `${name(worth)}, in place of ${worth.before}: ${signed(worth.difference.mean)}`;
  const bounds = (worth) => worth.difference.interval ?? [null, null];
  const told = worths.filter((worth) => bounds(worth)[0] > 0).map(name);
  return section(4, "What mattered",
    figure("Each choice taken back", `What the path\u2019s configuration loses on ${plural(study.fresh_folds, "fresh fold")} if one choice is taken back to what stood before it, all others and the ` +
      `learning rate\u2019s factors kept, in points. The intervals hold together with those above (Tukey). ${told.length > 0 ? `More than chance: ${enumerate(told)}.` : "None is told from chance by these folds."}` +
      failed.map((worth) => ` Without ${name(worth)} training failed: ${worth.reason}.`).join(""),
      worths.length === 0 ? null : [dotChart(worths.map((worth) => ({name: name(worth), value: worth.difference.mean, low: bounds(worth)[0], high: bounds(worth)[1],
        kind: bounds(worth)[0] > 0 ? "chosen" : "other", text: text(worth)})), "points of accuracy", `What each choice is worth: ${worths.map(text).join("; ")}.`, {differences: true}),
        table([
          {title: "choice", head: true, value: name},
          {title: "in place of", value: (worth) => worth.before},
          {title: "worth, points", number: true, value: (worth) => differenceCell(worth.difference)},
        ], worths)]));
}

// What was trained at full length before one of it was final.
function confirmationSection(family, study) {
  const confirmation = family.confirmation;
  if (!confirmation) return null;
  const chosen = confirmation.options.find((option) => option.chosen);
  const result = !confirmation.decided ? "Not decided yet."
    : `Final: ${chosen.name}.`;
  const images = confirmation.images > 0 ? `${count(confirmation.images)} images` : `${percent(study.confirm_fraction, 0)} of the images`;
  const rule = study.choose === "cheapest" ? `the one with the fewest multiply-adds within ${digits(study.margin / 100)} points of the best` : "the best";
  const state = (option) => option.chosen ? "final" : option.status === "failed" ? `failed: ${option.reason}` : "";
  return section(4, "Confirmed at full length", paragraph(result),
    figure("Trainings at full length", `${capitalised(plural(family.final_epochs, "epoch"))}, ${plural(study.confirm_seeds, "seed")}, on all images to learn from but ${images} held out, the same for all; ` +
      `the final configuration is ${rule} on these. The intervals are Wilson\u2019s, 95%, for other images; between neighbours nothing is claimed.`,
      table([
        {title: "configuration", head: true, value: (option) => option.name},
        {title: "", value: state},
        {title: "held-out accuracy, %", number: true, value: (option) => option.mean === null ? "\u2013" : [digits(option.mean), bracketed(option.interval)]},
        {title: "multiply-adds, M", number: true, value: (option) => (option.operations / 1e6).toFixed(2)},
        {title: "parameters", number: true, value: (option) => count(option.parameters)},
        {title: "time", number: true, value: (option) => option.seconds === null ? "\u2013" : duration(option.seconds)},
      ], confirmation.options, {rowClass: (option) => option.chosen ? "chosen" : option.status === "failed" ? "out" : ""})));
}
