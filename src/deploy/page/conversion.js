// EMNIST's conversion of a grey picture of one character, ink bright on black, to 28 x 28 bytes, step by step as the
// program has it (convert_to_emnist(); G. Cohen et al., arXiv:1702.05373, section II): a Gaussian blur of sigma 1; cut to
// the ink's bounding box; centred in a square, the aspect ratio kept, with a border of 2 pixels; bicubic to 28 x 28;
// scaled to 0..255. It differs from the program's by rounding alone: by at most 1 in any pixel.

const kSide = 28;
const kBorder = 2;
const kBlurReach = 4;  // sigmas

// `pixels`, (height, width), of 0 to 255. A blank picture stays blank.
function convertToEmnist(pixels, width, height) {
  const image = new Uint8Array(kSide * kSide);
  const any = boundingBox(pixels, width, height, (value) => value > 0);
  if (any === null) return image;
  const soft = blur(pixels, width, any);
  const half = soft.values.reduce((most, value) => Math.max(most, value), 0) / 2;
  const ink = boundingBox(soft.values, soft.width, soft.height, (value) => value >= half);
  const values = resample(soft, ink);
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  return image.map((_, i) => Math.round(Math.max(0, values[i]) * (255 / most)));
}

// Columns left .. right - 1, rows top .. bottom - 1 around all values that are ink; null where none is.
function boundingBox(values, width, height, isInk) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, at = 0; y < height; ++y)
    for (let x = 0; x < width; ++x, ++at) {
      if (!isInk(values[at])) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  return right > left ? {left, top, right, bottom} : null;
}

// The blurred picture as far as any ink reaches.
function blur(pixels, pixelWidth, ink) {
  const kernel = Array.from({length: 2 * kBlurReach + 1}, (_, k) => Math.exp(-((k - kBlurReach) ** 2) / 2));
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const width = ink.right - ink.left + 2 * kBlurReach;
  const inkHeight = ink.bottom - ink.top;
  const height = inkHeight + 2 * kBlurReach;
  const across = new Float32Array(width * inkHeight);
  const values = new Float32Array(width * height);
  kernel.forEach((weight, k) => {
    for (let y = 0; y < inkHeight; ++y)
      for (let x = ink.left; x < ink.right; ++x)
        across[y * width + x - ink.left + k] += (weight / sum) * pixels[(ink.top + y) * pixelWidth + x];
  });
  kernel.forEach((weight, k) => {
    for (let at = 0; at < across.length; ++at) values[k * width + at] += (weight / sum) * across[at];
  });
  return {values, width, height};
}

// R. Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = -0.5.
function cubic(distance) {
  const x = Math.abs(distance);
  if (x >= 2) return 0;
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
}

// For each of the 28 pixels the samples that it is made of, {first, weights}: around `centre` lie so many samples a pixel,
// `scale`. Where that shrinks the picture by more than 2, the kernel is widened. Samples are there for 0 .. count - 1.
function resampling(centre, scale, count) {
  const widening = Math.max(1, scale / 2);
  return Array.from({length: kSide}, (_, i) => {
    const place = centre + (i + 0.5 - kSide / 2) * scale - 0.5;
    const [low, high] = [Math.ceil(place - 2 * widening), Math.floor(place + 2 * widening)];
    const weight = (sample) => cubic((sample - place) / widening);
    let sum = 0;
    for (let sample = low; sample <= high; ++sample) sum += weight(sample);
    const first = Math.min(Math.max(low, 0), count);
    const weights = [];
    for (let sample = first; sample <= Math.min(high, count - 1); ++sample) weights.push(weight(sample) / sum);
    return {first, weights};
  });
}

function resample({values, width, height}, ink) {
  const scale = Math.max(ink.right - ink.left, ink.bottom - ink.top) / (kSide - 2 * kBorder);
  const columns = resampling((ink.left + ink.right) / 2, scale, width);
  const rows = resampling((ink.top + ink.bottom) / 2, scale, height);
  const narrow = new Float32Array(height * kSide);  // all rows, 28 columns
  for (let y = 0; y < height; ++y)
    columns.forEach(({first, weights}, i) => {
      narrow[y * kSide + i] = weights.reduce((sum, weight, k) => sum + weight * values[y * width + first + k], 0);
    });
  const small = new Float32Array(kSide * kSide);
  rows.forEach(({first, weights}, i) => weights.forEach((weight, k) => {
    for (let x = 0; x < kSide; ++x) small[i * kSide + x] += weight * narrow[(first + k) * kSide + x];
  }));
  return small;
}
