// The best networks, to write for.
function trySection(pad) {
  if (pad === undefined || pad.networks.length + pad.left_out.length === 0) return null;
  const leftOut = pad.left_out.length === 0 ? null
    : paragraph(`This page would be too large with the ${enumerate(pad.left_out)}; `, element("code", {}, "inkling export"), " writes it a page of its own.");
  if (pad.networks.length === 0) return section(2, "Try it", leftOut);
  const place = element("div", {class: "try"});
  const bits = [...new Set(pad.networks.map((network) => network.bits))].join(" or ");
  const right = pad.networks.map((network, i) => `the ${network.name} ${i === 0 ? "reads " : ""}${percent(network.accuracy)}`);
  const sure = pad.networks.some((network) => network.calibrated) ? "" : " Their probabilities are as they learned them, not calibrated.";
  inklingPad.open(place, pad.networks, {sideBySide: true});
  return section(2, "Try it",
    paragraph("Write a letter or a digit with mouse, pen or finger. It is read as you write, by the networks themselves, which stand in this page; nothing that you write leaves it. " +
      `Their weights are kept here as ${bits}-bit numbers, with which ${enumerate(right)} of the test images right.${sure}`),
    place, leftOut);
}
