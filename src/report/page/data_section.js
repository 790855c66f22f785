function dataSection(data, validation) {
  const classes = data.classes;
  const held = validation ? ` ${validation}` : "";
  return section(2, "The data",
    paragraph(`The split \u201c${data.split}\u201d has ${plural(classes.length, "class", "classes")}, ` +
      `${count(data.train_images)} images to learn from and ${count(data.test_images)} to test by, each ${data.image_size.join(" \u00d7 ")} pixels of grey.${held}`),
    figure("Images of each class", "How many images of each class there are to learn from and to test by. Where classes " +
      "differ in size, accuracy weighs the large ones more; the means over classes weigh all alike.",
      [key([["series-1", "to learn from"], ["series-2", "to test"]]), classCountChart(classes)]),
    figure("What the images look like", "A few images of each class, picked at random from those to learn from.",
      element("div", {class: "samples"}, classes.map((one) => element("div", {}, element("b", {}, one.class),
        element("div", {class: "pictures"}, one.images.map((image) => picture(image, `a handwritten ${one.class}`)))))), "long"));
}
