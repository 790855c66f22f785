// What one network reads: its likeliest class, large; the set that holds the true class at a stated rate, or that this is
// no character; the five likeliest as bars, with their probabilities.

const kShownClasses = 5;
const kCoverage = 0.95;   // of the set that is shown
const kLargestSet = 6;    // classes that are worth listing
const kSetMeaning = "Of images like those that it was calibrated on, 95 of 100 are of a class in their set.";

// What a network reads in an image, as a function of its 28 x 28 bytes: {ranking, isCharacter}.
async function loadReader(description) {
  const run = await loadNetwork(description);
  const strangeness = await loadStrangeness(description);
  return (image) => {
    const logits = run(image);
    return {ranking: rank(description, logits), isCharacter: strangeness(logits) <= 1};
  };
}

// Likeliest first: {name, probability}.
function rank(description, logits) {
  return probabilities(logits).map((probability, i) => ({name: description.classes[i], probability}))
    .sort((a, b) => b.probability - a.probability);
}

function makeReading(description, hasHeading) {
  const best = make("span", {class: "pad-best", "aria-hidden": "true"});
  const set = make("p", {class: "pad-set", title: kSetMeaning});
  set.hidden = setsOf(description) === undefined && description.strangeness === null;
  const isWordy = description.classes.some((name) => name.length > 2);
  const bars = Array.from({length: Math.min(kShownClasses, description.classes.length)}, makeBar);
  const element = make("section", {class: isWordy ? "pad-reading pad-wordy" : "pad-reading", "aria-label": `What ${description.name} reads`},
    ...(hasHeading ? [make("h3", {}, description.name)] : []), make("div", {class: "pad-verdict"}, best, set),
    make("ol", {class: "pad-bars"}, ...bars.map((bar) => bar.element)));
  return {
    element,
    show(read) {
      best.textContent = read?.ranking[0].name ?? "";
      best.classList.toggle("pad-doubted", read?.isCharacter === false);
      set.replaceChildren(...(read === null ? [] : verdictParts(description, read)));
      bars.forEach((bar, i) => bar.show(read?.ranking[i] ?? null));
    },
  };
}

function makeBar() {
  const name = make("b");
  const fill = make("span", {class: "pad-fill"});
  const share = make("span", {class: "pad-share"});
  return {
    element: make("li", {}, name, make("span", {class: "pad-track", "aria-hidden": "true"}, fill), share),
    show(one) {
      name.textContent = one?.name ?? "\u00a0";
      share.textContent = one === null ? "" : percentText(one.probability);
      fill.style.transform = `scaleX(${one?.probability ?? 0})`;
    },
  };
}

function setsOf(description) {
  return description.sets.find((one) => Math.abs(one.coverage - kCoverage) < 1e-9);
}

// What stands beside the likeliest class.
function verdictParts(description, {ranking, isCharacter}) {
  return isCharacter ? setParts(description, ranking) : [make("b", {}, "no character"), `else ${ranking[0].name}`];
}

// The classes that a set holds: the likeliest, and all that reach the least probability that it was fitted with. Nothing
// where the network has no sets.
function setParts(description, ranking) {
  const sets = setsOf(description);
  if (sets === undefined) return [];
  const names = ranking.filter((one, i) => i === 0 || one.probability >= sets.least_probability).map((one) => one.name);
  return [make("b", {}, names.length > kLargestSet ? `hard to tell: ${names.length} classes` : alternatives(names)), "the 95% set"];
}

// For those who listen.
function readingText(description, {ranking, isCharacter}) {
  const said = ranking.slice(0, 3).filter((one, i) => i === 0 || one.probability >= 0.05)
    .map((one) => `${one.name}, ${percentText(one.probability)}`);
  return `${description.name} reads ${isCharacter ? "" : "no character; else "}${said.join("; or ")}.`;
}
