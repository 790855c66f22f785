// A picture from outside - a photo, a scan, a screenshot - as ink, bright on black: grey, parted in two at the threshold
// that does so best; the part that the border belongs to is paper.

const kLargestPicture = 384;  // pixels, the longer side of what is looked at

// {pixels, width, height}. Throws an Error whose message a person can read.
async function inkOfPicture(file) {
  const bitmap = await createImageBitmap(file).catch(() => { throw new Error("This file is no picture that the browser can read."); });
  const shrink = Math.min(1, kLargestPicture / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((extent) => Math.max(1, Math.round(extent * shrink)));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";  // behind what is transparent
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const pixels = inkOfGrey(greyOf(context.getImageData(0, 0, width, height).data), width, height);
  if (pixels === null) throw new Error("There is nothing in this picture but paper.");
  return {pixels, width, height};
}

// ITU-R BT.601's luma.
function greyOf(rgba) {
  return Uint8Array.from({length: rgba.length / 4}, (_, i) => Math.round(0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2]));
}

// 255 where there is ink, else 0: what is on the other side of the threshold than the border. Null where there is nothing
// but paper.
function inkOfGrey(grey, width, height) {
  const threshold = bestThreshold(grey);
  if (threshold === null) return null;
  const onBrightPaper = borderGrey(grey, width, height) > threshold;
  return grey.map((value) => (value > threshold === onBrightPaper ? 0 : 255));
}

// The median of the outermost pixels.
function borderGrey(grey, width, height) {
  const border = grey.filter((_, i) => i < width || i >= width * (height - 1) || i % width === 0 || i % width === width - 1).sort();
  return border[border.length >> 1];
}

// N. Otsu, "A threshold selection method from gray-level histograms", 1979: that of the largest variance between what is
// above and what is not; null where the two hardly differ.
function bestThreshold(values) {
  const kLeastContrast = 24;
  const histogram = new Float64Array(256);
  values.forEach((value) => ++histogram[value]);
  const sum = histogram.reduce((total, count, value) => total + count * value, 0);
  let [best, most, contrast, below, sumBelow] = [null, 0, 0, 0, 0];
  for (let threshold = 0; threshold < 255; ++threshold) {
    below += histogram[threshold];
    sumBelow += histogram[threshold] * threshold;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const difference = (sum - sumBelow) / above - sumBelow / below;
    const variance = below * above * difference ** 2;
    if (variance > most) [best, most, contrast] = [threshold, variance, difference];
  }
  return contrast >= kLeastContrast ? best : null;
}
