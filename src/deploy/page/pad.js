// The pad: a surface to write on, and beside it what networks read there, as one writes.

const kReadWhileWriting = 100;  // milliseconds between readings while the pen is down, at least
const kReadingShare = 0.25;     // of the time while the pen is down, at most

// Puts a pad for networks, as the program describes them, into an element; one after another, or `sideBySide` at first.
// Ready when the promise is.
async function openPad(place, descriptions, {sideBySide = false} = {}) {
  if (!("DecompressionStream" in window)) {
    place.replaceChildren(make("p", {class: "pad-problem"}, "This browser is too old to unpack the networks here; one of 2023 or later can."));
    return;
  }
  const answers = makeAnswers(descriptions, await Promise.all(descriptions.map(loadReader)), sideBySide);
  const keeping = makeKeeping(descriptions[0].classes, () => image, () => surface.clear());
  const seen = makeSeen();
  let image = null;
  const read = (content) => {
    image = imageOf(content);
    seen.show(image);
    keeping.show(image, answers.show(image));
  };
  const reader = makeReader(read);

  const hint = make("span", {class: "pad-hint", "aria-hidden": "true"}, "write a character here");
  const problem = make("p", {class: "pad-problem", role: "alert", hidden: ""});
  const surface = makeSurface((content, isDone) => {
    reader.hear(content, isDone);
    problem.hidden = true;
    hint.hidden = !isBlank(content);
    // Not disabled, which would take the focus from whoever works with the keyboard.
    undo.setAttribute("aria-disabled", !surface.canUndo());
    clear.setAttribute("aria-disabled", surface.isBlank());
  });
  const undo = makeButton("Undo", surface.undo, {title: "Ctrl+Z", "aria-disabled": true});
  const clear = makeButton("Clear", surface.clear, {title: "Escape", "aria-disabled": true});
  const bring = (file) => readPicture(file).then(surface.show, (error) => {
    problem.textContent = error.message;
    problem.hidden = false;
  });
  place.replaceChildren(make("div", {class: "pad"},
    make("div", {class: "pad-writing"}, make("div", {class: "pad-sheet"}, surface.canvas, hint),
      make("div", {class: "pad-tools"}, undo, clear, ...makePictureButton(bring)), problem),
    make("div", {class: "pad-side"}, ...answers.elements, seen.element, keeping.element), answers.spoken));
  listenForShortcuts(place, surface);
  acceptPictures(place, bring);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    surface.draw();
    seen.show(image);
  });
}

// Calls read(content) for what stands on the surface: at once where the pen is up, else now and then, so that the pen does
// not stutter where reading is slow.
function makeReader(read) {
  let waiting = null;
  let current = null;
  let pause = kReadWhileWriting;
  const readNow = () => {
    waiting = null;
    const begin = performance.now();
    read(current);
    pause = Math.max(kReadWhileWriting, (performance.now() - begin) / kReadingShare);
  };
  return {
    hear(content, isDone) {
      current = content;
      if (!isDone) {
        waiting ??= setTimeout(readNow, pause);
        return;
      }
      clearTimeout(waiting);
      readNow();
    },
  };
}

// Each pixel as a network sees it, in the page's ink on its paper.
function makeSeen() {
  const canvas = make("canvas", {class: "pad-seen", width: kSide, height: kSide, role: "img", "aria-label": "nothing yet"});
  const context = canvas.getContext("2d");
  return {
    element: make("figure", {class: "pad-saw"}, canvas, make("figcaption", {}, "what it saw: 28 \u00d7 28 pixels, as EMNIST's images were made")),
    show(image) {
      context.clearRect(0, 0, kSide, kSide);
      canvas.setAttribute("aria-label", image === null ? "nothing yet" : "what you wrote, as 28 by 28 pixels");
      context.fillStyle = getComputedStyle(canvas).color;
      (image ?? []).forEach((value, i) => {
        context.globalAlpha = value / 255;
        context.fillRect(i % kSide, Math.floor(i / kSide), 1, 1);
      });
    },
  };
}

function makePictureButton(bring) {
  const input = make("input", {type: "file", accept: "image/*", class: "pad-hidden", tabindex: -1, "aria-hidden": "true"});
  input.addEventListener("change", () => {
    if (input.files.length > 0) bring(input.files[0]);
    input.value = "";
  });
  return [makeButton("Picture\u2026", () => input.click(), {title: "Or drop a picture here, or paste one"}), input];
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
