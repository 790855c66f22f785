function dataSection(data, validation) {
  const classes = data.classes;
  const held = validation ? ` ${validation}` : "";
  return section(2, "The data",
    paragraph(`The split \u201c${data.split}\u201d has ${plural(classes.length, "class", "classes")}, ` +
      `${count(data.train_images)} images to learn from and ${count(data.test_images)} to test by, each ${data.image_size.join(" \u00d7 ")} pixels of grey.${held}`),
    differingShares(data),
    figure("Images of each class", "How many images of each class there are to learn from and to test by. Where classes " +
      "differ in size, accuracy weighs the large ones more; the means over classes weigh all alike.",
      [key([["series-1", "to learn from"], ["series-2", "to test"]]), classCountChart(classes)]),
    figure("What the images look like", "A few images of each class, picked at random from those to learn from.",
      element("div", {class: "samples"}, classes.map((one) => element("div", {}, element("b", {}, one.class),
        element("div", {class: "pictures"}, one.images.map((image) => picture(image, `a handwritten ${one.class}`)))))), "long"));
}

const kDiffering = 1.5;

// Where a class is much more frequent in one part than in the other: a warning, else nothing.
function differingShares(data) {
  const shares = data.classes.map((one) => ({...one, learned: one.train / data.train_images, tested: one.test / data.test_images}));
  const ratio = (one) => Math.max(one.learned, one.tested) / Math.max(Math.min(one.learned, one.tested), 1e-9);
  const differing = shares.filter((one) => ratio(one) >= kDiffering).sort((a, b) => ratio(b) - ratio(a));
  if (differing.length === 0) return null;
  const [most] = differing;
  return paragraph(element("strong", {}, "The two parts differ in how frequent classes are. "),
    `${differing.length === 1 ? "One class is" : `${count(differing.length)} classes are`} half as frequent again, or more, in one part than in the other; ` +
    `most of all ${most.class}: ${percent(most.learned)} of the images to learn from, ${percent(most.tested)} of those to test by. ` +
    "A network that takes classes to be as frequent as it saw them is then wrong more often than it need be; ",
    element("code", {}, "training.prior"), " says what it is to expect.");
}
