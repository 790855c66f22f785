// The confusion matrix: rows are the truth, columns what the network read. A cell's colour is its share of the row, by
// the square root, so that a few mistakes in a hundred are seen. Pointer, finger or arrow keys show a cell's numbers.
function confusionMatrix(names, rows, label) {
  const cell = 10;
  const margin = 24;
  const side = names.length * cell;
  const sums = rows.map((row) => row.reduce((sum, value) => sum + value, 0));
  const mark = svg("rect", {class: "mark", width: cell, height: cell, visibility: "hidden"});
  const drawing = svg("svg", {viewBox: `0 0 ${margin + side + 2} ${margin + side + 2}`, role: "img", tabindex: 0,
    "aria-label": `${label}. Arrow keys move from cell to cell.`},
    svg("text", {class: "axis", x: margin + side / 2, y: 7, "text-anchor": "middle"}, "read as"),
    svg("text", {class: "axis", x: 0, y: 0, "text-anchor": "middle", transform: `translate(7 ${margin + side / 2}) rotate(-90)`}, "truth"),
    matrixLabels(names, cell, margin), matrixCells(rows, sums, cell, margin),
    svg("rect", {class: "frame", x: margin, y: margin, width: side, height: side}), mark);
  const tip = element("div", {class: "tip", hidden: ""});
  const readout = element("output", {class: "readout"}, "Point at a cell to see its numbers.");
  const box = element("div", {class: "matrix"}, drawing, tip);

  let at = null;
  const show = (truth, prediction) => {
    at = [truth, prediction];
    const share = sums[truth] > 0 ? ` (${percent(rows[truth][prediction] / sums[truth])})` : "";
    const text = `${names[truth]} read as ${names[prediction]}: ${count(rows[truth][prediction])} of ${count(sums[truth])}${share}`;
    mark.setAttribute("x", margin + prediction * cell);
    mark.setAttribute("y", margin + truth * cell);
    mark.setAttribute("visibility", "visible");
    tip.textContent = text;
    tip.hidden = false;
    readout.textContent = text;
    placeTip(tip, box, (margin + (prediction + 0.5) * cell) / (margin + side + 2), (margin + (truth + 1) * cell) / (margin + side + 2));
  };
  const hide = () => { tip.hidden = true; mark.setAttribute("visibility", "hidden"); };

  const point = (event) => {
    const bounds = drawing.getBoundingClientRect();
    const scale = (margin + side + 2) / bounds.width;
    const prediction = Math.floor(((event.clientX - bounds.left) * scale - margin) / cell);
    const truth = Math.floor(((event.clientY - bounds.top) * scale - margin) / cell);
    const inside = (index) => index >= 0 && index < names.length;
    inside(truth) && inside(prediction) ? show(truth, prediction) : hide();
  };
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
  drawing.addEventListener("pointerleave", hide);
  drawing.addEventListener("blur", hide);
  drawing.addEventListener("focus", () => { if (drawing.matches(":focus-visible")) show(...(at ?? [0, 0])); });
  drawing.addEventListener("keydown", (event) => {
    const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key];
    if (!step) return;
    event.preventDefault();
    const clamp = (index) => Math.min(Math.max(index, 0), names.length - 1);
    const [truth, prediction] = at ?? [0, 0];
    show(clamp(truth + step[0]), clamp(prediction + step[1]));
  });
  return [element("div", {class: "scroll"}, box), readout];
}

function matrixLabels(names, cell, margin) {
  return names.map((name, index) => {
    const middle = margin + (index + 0.5) * cell;
    return [svg("text", {x: margin - 3, y: middle + 2.3, "text-anchor": "end"}, name),
      svg("text", {x: middle, y: margin - 3, "text-anchor": "middle"}, name)];
  });
}

function matrixCells(rows, sums, cell, margin) {
  return rows.map((row, truth) => row.map((value, prediction) => value === 0 ? null :
    svg("rect", {class: truth === prediction ? "right" : "wrong", x: margin + prediction * cell + 0.25,
      y: margin + truth * cell + 0.25, width: cell - 0.5, height: cell - 0.5,
      "fill-opacity": Math.max(Math.sqrt(value / sums[truth]), 0.06).toFixed(3)})));
}

// Below the cell, within the box.
function placeTip(tip, box, x, y) {
  const left = Math.min(Math.max(x * box.clientWidth - tip.offsetWidth / 2, 0), box.clientWidth - tip.offsetWidth);
  const height = box.clientHeight;
  const below = y * height + 6;
  const fits = below + tip.offsetHeight < height;
  tip.style.left = `${left}px`;
  tip.style.top = `${fits ? below : below - tip.offsetHeight - box.clientWidth / 40 - 12}px`;
}
