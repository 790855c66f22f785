// What none of several networks reads as it is labelled, and what is left to gain beside it.
function unreadSection(unread) {
  if (!unread || unread.errors === 0) return null;
  const {networks, images, errors, none, unanimous, to_gain: toGain, to_lose: toLose} = unread;
  const all = networks === 2 ? "both networks" : `all ${networks} networks`;
  const share = (part) => `${count(part)} (${percent(part / images)})`;
  return section(2, "What no network reads",
    paragraph(`By the mean of their probabilities, ${all} together read ${share(errors)} of the ${count(images)} test images otherwise than ` +
      `they are labelled. Of these, ${share(none)} are read as labelled by no network at all: such an image shows its class badly, or as ` +
      `another class is written too, or its label is wrong. ${count(unanimous)} of them every network takes for the same other class. ` +
      `The rest, ${share(toGain)}, is read right by one network at least, which is the most that choosing well among these networks ` +
      `could gain; for ${count(toLose)} images that they read right together, one at least is wrong. Networks of another kind may read other images.`),
    figure("By pairs of classes", "The pairs with most errors of the networks together, either way. Where about as many images are read by some " +
      "as are read right together but not by all, the networks guess.",
      table([
        {title: "pair", head: true, whole: true, value: (pair) => `${pair.a} and ${pair.b}`},
        {title: "read by no network", number: true, value: (pair) => count(pair.none)},
        {title: "read by some", number: true, value: (pair) => count(pair.some)},
        {title: "right together, but not by all", number: true, value: (pair) => count(pair.right_but_not_by_all)},
      ], unread.pairs)),
    figure("The surest of them", "Of the images that no network reads as they are labelled, those of which the networks together are surest: " +
      "the label, and what they read.",
      element("div", {class: "cards"}, unread.pictures.map((one) => element("div", {class: "card"},
        picture(one.image, `test image ${one.index + 1}, labelled ${one.label}, read as ${one.read}`),
        element("div", {}, paragraph("label ", element("b", {}, one.label)),
          paragraph(element("span", {class: "bad"}, `${one.read} ${percent(one.probability)}`)))))), "long"));
}
