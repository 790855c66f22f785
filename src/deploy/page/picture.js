// A picture from outside - a photo, a scan, a screenshot - in greys, as the program reads it (grey_of_rgba()).

const kLargestPicture = 4096;  // pixels, the longer side; what is larger, the browser shrinks

// What is read in it, as convertPicture() has it. Throws an Error whose message a person can read.
async function readPicture(file) {
  const bitmap = await createImageBitmap(file, {colorSpaceConversion: "none"})
    .catch(() => { throw new Error("This file is no picture that the browser can read."); });
  const shrink = Math.min(1, kLargestPicture / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((extent) => Math.max(1, Math.round(extent * shrink)));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const read = convertPicture({values: greyOf(context.getImageData(0, 0, width, height).data), width, height});
  if (read === null) throw new Error("There is nothing in this picture but paper.");
  return read;
}

// ITU-R BT.601's luma, on white paper; on black where that shows nothing and something is transparent.
function greyOf(rgba) {
  const kContrast = 16;
  const onWhite = greyOn(255, rgba);
  const [darkest, lightest] = [onWhite.reduce((a, b) => Math.min(a, b)), onWhite.reduce((a, b) => Math.max(a, b))];
  const isOpaque = rgba.every((value, i) => i % 4 !== 3 || value === 255);
  return lightest - darkest < kContrast && !isOpaque ? greyOn(0, rgba) : onWhite;
}

function greyOn(paper, rgba) {
  const grey = new Uint8Array(rgba.length / 4);
  for (let i = 0, at = 0; i < grey.length; ++i, at += 4) {
    const luma = Math.round(0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2]);
    grey[i] = Math.round((luma * rgba[at + 3] + paper * (255 - rgba[at + 3])) / 255);
  }
  return grey;
}
