// What one or several networks read, beside each other or one at a time, for those who look and those who listen.

const kAnnounceAfter = 700;  // milliseconds of rest before a reading is spoken

// `readers` are of the networks that `descriptions` describe. Read through show(image), which gives the first shown network's ranking;
// null is nothing to read.
function makeAnswers(descriptions, readers, sideBySide) {
  const several = descriptions.length > 1;
  const readings = descriptions.map((description) => makeReading(description, several));
  const element = make("div", {class: "pad-answers"}, ...readings.map((reading) => reading.element));
  const spoken = make("p", {class: "pad-hidden", role: "status", "aria-live": "polite"});
  const all = descriptions.map((_, i) => i);
  let shown = [];
  let image = null;
  let speaking = null;

  const show = (next) => {
    image = next;
    const read = shown.map((i) => (image === null ? null : readers[i](image)));
    shown.forEach((i, at) => readings[i].show(read[at]));
    clearTimeout(speaking);
    if (image === null) spoken.textContent = "";
    else speaking = setTimeout(() => { spoken.textContent = shown.map((i, at) => readingText(descriptions[i], read[at])).join(" "); }, kAnnounceAfter);
    return read[0]?.ranking ?? null;
  };
  const choose = (next) => {
    shown = next;
    readings.forEach((reading, i) => { reading.element.hidden = !shown.includes(i); });
    element.classList.toggle("pad-beside", shown.length > 1);
    show(image);
  };
  choose(sideBySide ? all : [0]);
  const options = [...all.map((i) => [descriptions[i].name, [i]]), ["all", all]];
  return {elements: [...(several ? [makeChoice(options, shown, choose)] : []), element], spoken, show};
}

// `options`: [name, networks] of each.
function makeChoice(options, chosen, choose) {
  return make("fieldset", {class: "pad-choice"}, make("legend", {class: "pad-hidden"}, "Which network reads"),
    ...options.map(([name, members]) => {
      const input = make("input", {type: "radio", name: "pad-network"});
      input.checked = members.join() === chosen.join();
      input.addEventListener("change", () => choose(members));
      return make("label", {}, input, make("span", {}, name));
    }));
}
