// Keeps what one writes, with what it was meant to be, and saves it as a table: a line each, its label and the 784 pixels
// row by row from the top, 0 to 255, ink bright. 'inkling data convert' reads it.

function makeKeeping(classes, currentImage, onKept) {
  const kept = [];
  const label = make("select", {"aria-label": "What you wrote"}, ...classes.map((name) => make("option", {value: name}, name)));
  const count = make("span", {role: "status"});
  const keep = makeButton("Keep it", () => {
    kept.push({label: label.value, pixels: currentImage()});
    count.textContent = `${kept.length} kept`;
    save.disabled = false;
    onKept();
  });
  const save = makeButton("Save as CSV", () => download("written.csv", tableOf(kept)));
  save.disabled = true;
  keep.disabled = true;
  return {
    element: make("details", {class: "pad-keeping"}, make("summary", {}, "Keep what you write"),
      make("p", {}, "Say what it was meant to be. The file that you save holds your own handwriting with its labels, for ",
        make("code", {}, "inkling data convert"), "."),
      make("div", {class: "pad-tools"}, label, keep, save, count)),
    show(image, ranking) {
      keep.disabled = image === null;
      if (ranking !== null && document.activeElement !== label) label.value = ranking[0].name;
    },
  };
}

function tableOf(kept) {
  const head = ["label", ...Array.from({length: kSide * kSide}, (_, i) => `pixel${i}`)];
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [head, ...kept.map(({label, pixels}) => [quoted(label), ...pixels])].map((line) => `${line.join(",")}\n`).join("");
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], {type: "text/csv"}));
  make("a", {href: address, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
