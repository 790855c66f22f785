function runReport(figures) {
  const [model] = figures.models;
  const {right, images, accuracy, accuracy_interval: bounds} = model.test;
  return {
    title: `${model.recipe} on the split \u201c${figures.data.split}\u201d`,
    summary: `The network reads ${count(right)} of ${count(images)} test images right: ${percent(accuracy)}, with a 95% interval ` +
      `of ${intervalPercent(bounds)}.`,
    parts: () => [
      resultSection(figures.models),
      dataSection(figures.data, heldOut(model)),
      ...networkSections(figures.models),
      madeSection(figures, figures.models),
      limitsSection(figures, kOneSeed),
    ],
  };
}

function heldOut(model) {
  return model.validation_images > 0 ? `Of those to learn from, ${count(model.validation_images)} were held out for validation.` : "";
}

function comparisonReport(figures) {
  const models = figures.models;
  const best = models.reduce((a, b) => (b.test.accuracy > a.test.accuracy ? b : a));
  return {
    title: `${enumerate(models.map((model) => model.label))} compared`,
    summary: `On the ${count(best.test.images)} test images of the split \u201c${figures.data.split}\u201d, ${best.label} has the highest ` +
      `accuracy: ${percent(best.test.accuracy)}, with a 95% interval of ${intervalPercent(best.test.accuracy_interval)}.`,
    parts: () => [
      resultSection(models),
      section(2, "Compared", sideBySide(models), pairsSection(3, "Are the differences more than chance?", figures.pairs, models)),
      dataSection(figures.data),
      ...networkSections(models),
      unreadSection(figures.unread),
      madeSection(figures, models),
      limitsSection(figures, kOneSeed, kChosenByTest),
    ],
  };
}

const kReports = {run: runReport, comparison: comparisonReport, study: studyReport};

function showReport() {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const report = kReports[figures.kind](figures);
  document.title = `${report.title} \u2013 Inkling report`;
  document.getElementById("title").textContent = report.title;
  document.getElementById("summary").textContent = report.summary;
  if (report.state) document.getElementById("state").textContent = report.state;
  if (figures.data.note) document.getElementById("note").textContent = `Synthetic images: ${figures.data.note}. Nothing here is a result on EMNIST.`;
  document.getElementById("report").replaceChildren(...report.parts().filter((part) => part !== null));
  drawCharts();
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
}

showReport();
