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

function limitsSection(figures, ...more) {
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
