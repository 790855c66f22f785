// Of combinations drawn at random or all of them: what each technique matters, by family.
function importanceSection(study) {
  const families = study.families.filter((family) => family.importance);
  if (families.length === 0) return null;
  return section(2, "What mattered",
    paragraph("How much of the differences in accuracy, over all combinations of the options, each technique makes on its own, and each pair beyond that together. " +
      "A share that is not marked as more than chance may be nothing but chance."),
    disclosure("How shares are found",
      paragraph("A random forest is fitted to the combinations' mean accuracies, and its variance over all combinations, each option as probable as the others, is shared out: functional ANOVA (Hutter, Hoos and Leyton-Brown, 2014). " +
        "Shares are of what the forest predicts, so what more than two techniques do together, and what chance did, is in none of those below. " +
        "Intervals: two standard deviations over random halves of the combinations."),
      paragraph("More than chance: a technique, than any of those whose options are dealt to the combinations anew; a pair, than any pair where what is left beside the techniques' own effects is dealt anew; 5% each, over all techniques or pairs of a family. " +
        "A pair that only has an effect together, and a small one, is understated where there are few combinations.")),
    families.map((family) => section(3, family.title, importanceFigures(family))));
}

function importanceFigures(family) {
  const {trials, explained, main, pairs} = family.importance;
  const own = [...main].sort((a, b) => b.share - a.share);
  const name = (share) => share.techniques.join(" with ");
  const shown = own.filter((share) => share.shown).map(name);
  const said = shown.length === 0 ? "No technique is shown to matter." : `Shown to matter: ${enumerate(shown)}.`;
  const dots = own.map((share) => ({name: name(share), value: share.share, low: share.interval[0], high: share.interval[1], kind: share.shown ? "chosen" : "other",
    text: `${name(share)}: ${percent(share.share, 0)} ${intervalPercentWhole(share.interval)}`}));
  const together = pairs.filter((share) => share.shown).map(name);
  return [
    paragraph(`${said} ${together.length === 0 ? "No pair is shown to do more together than each on its own." : `Shown to do something together: ${enumerate(together)}.`} ` +
      `${plural(trials, "combination")}; the trees predict ${percent(explained, 0)} of the variance of combinations that they were not fitted to.`),
    figure("On its own", "Share of the variance with its 95% interval; blue: more than chance.",
      dotChart(dots, "share of the variance, %", `Shares of the variance: ${own.map((share) => `${name(share)} ${percent(share.share, 0)}`).join(", ")}.`)),
    pairs.length === 0 ? null : figure("Together", "The pairs with the largest shares beyond what each technique has on its own.", table([
      {title: "techniques", head: true, value: name},
      {title: "share, %", number: true, value: (share) => [digits(share.share, 1), " ", element("span", {class: "interval"}, `[${digits(share.interval[0], 1)}, ${digits(share.interval[1], 1)}]`)]},
      {title: "", value: (share) => (share.shown ? "more than chance" : "may be chance")},
    ], pairs, {rowClass: (share) => (share.shown ? "chosen" : "")})),
  ];
}

const intervalPercentWhole = ([low, high]) => `[${percent(low, 0)}, ${percent(high, 0)}]`;
