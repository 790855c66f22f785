// The pad: a surface to write on, and beside it what networks read there, as one writes.

const kReadWhileWriting = 100;  // milliseconds between readings while the pen is down
const kAnnounceAfter = 700;     // milliseconds of rest before a reading is spoken

// Puts a pad for networks, as the program describes them, into an element; one after another, or `sideBySide` at first.
// Ready when the promise is.
async function openPad(place, descriptions, {sideBySide = false} = {}) {
  if (!("DecompressionStream" in window)) {
    place.replaceChildren(make("p", {class: "pad-problem"}, "This browser is too old to unpack the networks here; one of 2023 or later can."));
    return;
  }
  const networks = await Promise.all(descriptions.map(loadNetwork));
  const several = descriptions.length > 1;
  const readings = descriptions.map((description) => makeReading(description, several));
  const seen = make("canvas", {class: "pad-seen", width: kSide, height: kSide, role: "img", "aria-label": "nothing yet"});
  const spoken = make("p", {class: "pad-hidden", role: "status", "aria-live": "polite"});
  const problem = make("p", {class: "pad-problem", role: "alert", hidden: ""});
  let image = null;
  let shown = sideBySide ? descriptions.map((_, i) => i) : [0];
  let waiting = null;
  let speaking = null;
  let current = kBlank;

  const read = () => {
    waiting = null;
    image = imageOf(current);
    showImage(seen, image);
    const rankings = shown.map((i) => (image === null ? null : rank(descriptions[i], networks[i](image))));
    shown.forEach((i, at) => readings[i].show(rankings[at]));
    keeping.show(image, rankings[0]);
    clearTimeout(speaking);
    if (image === null) spoken.textContent = "";
    else
      speaking = setTimeout(() => { spoken.textContent = shown.map((i, at) => readingText(descriptions[i], rankings[at])).join(" "); }, kAnnounceAfter);
  };
  const readSoon = (content, isDone) => {
    current = content;
    problem.hidden = true;
    hint.hidden = !isBlank(content);
    // Not disabled, which would take the focus from whoever works with the keyboard.
    undo.setAttribute("aria-disabled", !surface.canUndo());
    clear.setAttribute("aria-disabled", surface.isBlank());
    if (isDone) {
      clearTimeout(waiting);
      read();
    } else {
      waiting ??= setTimeout(read, kReadWhileWriting);
    }
  };

  const surface = makeSurface(readSoon);
  const hint = make("span", {class: "pad-hint", "aria-hidden": "true"}, "write a character here");
  const undo = makeButton("Undo", surface.undo, {title: "Ctrl+Z"});
  const clear = makeButton("Clear", surface.clear, {title: "Escape"});
  const keeping = makeKeeping(descriptions[0].classes, () => image, surface.clear);
  const bring = async (file) => {
    try {
      const ink = await inkOfPicture(file);
      if (ink !== null) surface.show(ink);
      else throw new Error("no ink");
    } catch (error) {
      problem.textContent = error.message === "no ink" ? "There is nothing in this picture but paper." : "This file is no picture that the browser can read.";
      problem.hidden = false;
    }
  };
  const writing = make("div", {class: "pad-writing"}, make("div", {class: "pad-sheet"}, surface.canvas, hint),
    make("div", {class: "pad-tools"}, undo, clear, ...makePictureButton(bring)), problem);
  const answers = make("div", {class: "pad-answers"}, ...readings.map((reading) => reading.element));
  const choose = (next) => {
    shown = next;
    readings.forEach((reading, i) => { reading.element.hidden = !shown.includes(i); });
    answers.classList.toggle("pad-beside", shown.length > 1);
    read();
  };
  const saw = make("figure", {class: "pad-saw"}, seen, make("figcaption", {}, "what it saw: 28 \u00d7 28 pixels, as EMNIST's images were made"));
  place.replaceChildren(make("div", {class: "pad"}, writing,
    make("div", {class: "pad-side"}, ...(several ? [makeChoice(descriptions, shown, choose)] : []), answers, saw, keeping.element), spoken));
  listenForShortcuts(place, surface);
  acceptPictures(place, bring);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    surface.draw();
    showImage(seen, image);
  });
  choose(shown);
  readSoon(kBlank, true);
}

function makePictureButton(bring) {
  const input = make("input", {type: "file", accept: "image/*", class: "pad-hidden", tabindex: -1, "aria-hidden": "true"});
  input.addEventListener("change", () => {
    if (input.files.length > 0) bring(input.files[0]);
    input.value = "";
  });
  return [makeButton("Picture\u2026", () => input.click(), {title: "Or drop a picture here, or paste one"}), input];
}

// One network after the other, or all beside each other.
function makeChoice(descriptions, shown, choose) {
  const options = [...descriptions.map((description, i) => [description.name, [i]]), ["all", descriptions.map((_, i) => i)]];
  return make("fieldset", {class: "pad-choice"}, make("legend", {class: "pad-hidden"}, "Which network reads"),
    ...options.map(([name, members]) => {
      const input = make("input", {type: "radio", name: "pad-network"});
      input.checked = members.join() === shown.join();
      input.addEventListener("change", () => choose(members));
      return make("label", {}, input, make("span", {}, name));
    }));
}

// Each pixel as a network sees it, ink dark on paper.
function showImage(canvas, image) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, kSide, kSide);
  canvas.setAttribute("aria-label", image === null ? "nothing yet" : "what you wrote, as 28 by 28 pixels");
  if (image === null) return;
  context.fillStyle = getComputedStyle(canvas).color;
  image.forEach((value, i) => {
    context.globalAlpha = value / 255;
    context.fillRect(i % kSide, Math.floor(i / kSide), 1, 1);
  });
  context.globalAlpha = 1;
}

function listenForShortcuts(place, surface) {
  place.addEventListener("keydown", (event) => {
    if (event.target.matches("select, input:not([type=radio])")) return;
    const isUndo = (event.ctrlKey || event.metaKey) && event.key === "z";
    if (!isUndo && event.key !== "Escape") return;
    event.preventDefault();
    if (isUndo) surface.undo();
    else surface.clear();
  });
}

// Wherever on the page they are dropped: beside the pad, the browser would leave the page for them.
function acceptPictures(place, bring) {
  const pictureIn = (list) => [...(list?.files ?? [])].find((file) => file.type.startsWith("image/"));
  document.addEventListener("paste", (event) => {
    const file = pictureIn(event.clipboardData);
    if (file === undefined) return;
    event.preventDefault();
    bring(file);
  });
  const over = (isOver) => (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    place.classList.toggle("pad-over", isOver);
  };
  document.addEventListener("dragover", over(true));
  document.addEventListener("dragleave", over(false));
  document.addEventListener("drop", (event) => {
    over(false)(event);
    const file = event.dataTransfer.files[0];
    if (file !== undefined) bring(file);
  });
}
