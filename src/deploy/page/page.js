"use strict";
// A page of its own around the pad.

function networkText({split, classes, parameters, bits, accuracy, calibrated}) {
  const right = accuracy === null ? "" : `In this form it reads ${(100 * accuracy).toFixed(2)}% of the test images right. `;
  const sure = calibrated ? "Its probabilities were calibrated on images held out of training: of images like those, 95 of 100 are of a class in their 95% set."
    : "Its probabilities are as it learned them, not calibrated.";
  return `${parameters.toLocaleString("en")} parameters, their weights kept as ${bits}-bit numbers, learned from the ${classes.length} ` +
    `classes of the split \u201c${split}\u201d. ${right}${sure}`;
}

function showPage() {
  const descriptions = JSON.parse(document.getElementById("pad-networks").textContent);
  inklingPad.open(document.getElementById("pad"), descriptions);
  for (const description of descriptions) {
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = description.name;
    text.textContent = networkText(description);
    document.getElementById("networks").append(term, text);
  }
}

showPage();
