// The one way from a grey picture of a character to what a network reads, step by step as the program has it
// (convert_picture(), pictures/character.h, which says more of each). It differs from the program's by rounding alone: by
// at most 2 in any pixel. A plane is {values, width, height} with values of shape (height, width).

const kMostSide = 256;

// What is read in the picture, a plane of 0 to 255: {pixels, width, height} is its ink, bright on black, and `image` the
// 28 x 28 bytes. Null where there is nothing but paper.
function convertPicture(picture) {
  if (hasEmnistForm(picture)) {
    const image = Uint8Array.from(picture.values);
    return image.some((value) => value > 0) ? {pixels: image, width: kSide, height: kSide, image} : null;
  }
  const small = shrunk(picture, Math.ceil(Math.max(picture.width, picture.height) / kMostSide));
  const missing = missingLight(hasLightInk(small) ? mapped(small, (value) => 255 - value) : small);
  const ink = makeInk(missing);
  const parts = ink === null ? [] : withoutSpecks(connectedParts(ink), missing);
  if (parts.length === 0) return null;
  const pixels = keepParts(ink, parts);
  return {pixels, width: ink.width, height: ink.height, image: convertToEmnist(pixels, ink.width, ink.height)};
}

function mapped(plane, change) {
  return {...plane, values: plane.values.map(change)};
}

function hasEmnistForm({values, width, height}) {
  if (width !== kSide || height !== kSide) return false;
  return values.every((value, i) => value === 0 || !(i < kSide || i >= kSide * (kSide - 1) || i % kSide === 0 || i % kSide === kSide - 1));
}

// Means of squares of `factor` pixels a side, those at the right and below as far as they reach.
function shrunk({values, width, height}, factor) {
  const small = {width: Math.ceil(width / factor), height: Math.ceil(height / factor)};
  small.values = Float32Array.from({length: small.width * small.height}, (_, i) => {
    const [left, top] = [(i % small.width) * factor, Math.floor(i / small.width) * factor];
    const [right, bottom] = [Math.min(left + factor, width), Math.min(top + factor, height)];
    let sum = 0;
    for (let y = top; y < bottom; ++y) for (let x = left; x < right; ++x) sum += values[y * width + x];
    return Math.round(sum / ((right - left) * (bottom - top)));
  });
  return small;
}

// By the sum of d|d|, d being the difference to the middle two of the pixels at the edge in the same row and column.
function hasLightInk({values, width, height}) {
  let sum = 0;
  for (let y = 0; y < height; ++y)
    for (let x = 0; x < width; ++x) {
      const edge = [values[y * width], values[y * width + width - 1], values[x], values[(height - 1) * width + x]].sort((a, b) => a - b);
      const difference = values[y * width + x] - (edge[1] + edge[2]) / 2;
      sum += difference * Math.abs(difference);
    }
  return sum > 0;
}

// The largest value of a square window about each place, clipped to the picture.
function dilated({values, width, height}, reach) {
  const largest = values.slice();
  const spread = (first, stride, count) => {
    // Each value becomes the largest of `span` from it on, twice as many each time.
    const line = new Float32Array(count + 2 * reach).fill(-Infinity);
    for (let i = 0; i < count; ++i) line[i + reach] = largest[first + i * stride];
    let span = 1;
    for (; 2 * span <= 2 * reach + 1; span *= 2)
      for (let i = 0; i + span < line.length; ++i) line[i] = Math.max(line[i], line[i + span]);
    for (let i = 0; i < count; ++i) largest[first + i * stride] = Math.max(line[i], line[i + 2 * reach + 1 - span]);
  };
  for (let y = 0; y < height; ++y) spread(y * width, 1, width);
  for (let x = 0; x < width; ++x) spread(x, width, height);
  return {values: largest, width, height};
}

// How much of the paper's light is missing, 0 to 1; the paper is what a morphological closing leaves.
function missingLight(grey) {
  const reach = Math.max(1, Math.floor(Math.max(grey.width, grey.height) / 6));
  const negated = (plane) => mapped(plane, (value) => -value);
  const paper = negated(dilated(negated(dilated(grey, reach)), reach));
  return mapped(grey, (value, i) => 1 - value / Math.max(paper.values[i], 1));
}

// The means on both sides of the threshold that parts the values best (N. Otsu, 1979).
function findLevels(values) {
  const kBins = 256;
  const counts = new Float64Array(kBins);
  for (const value of values) ++counts[Math.min(Math.max(Math.floor(value * kBins), 0), kBins - 1)];
  const total = counts.reduce((sum, count, bin) => sum + count * bin, 0);
  let [below, sum, best, paper, ink] = [0, 0, 0, 0, 0];
  for (let bin = 0; bin + 1 < kBins; ++bin) {
    below += counts[bin];
    sum += counts[bin] * bin;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const [low, high] = [sum / below, (total - sum) / above];
    const between = below * above * (high - low) ** 2;
    if (between > best) [best, paper, ink] = [between, (low + 0.5) / kBins, (high + 0.5) / kBins];
  }
  return {paper, ink};
}

// Whole numbers from 0 to 255; null where the contrast is too little.
function makeInk(missing) {
  const kLeastContrast = 0.12;
  const {paper, ink} = findLevels(missing.values);
  if (ink - paper < kLeastContrast) return null;
  const low = paper + (ink - paper) / 4;
  return mapped(missing, (value) => Math.round(255 * Math.min(Math.max((value - low) / ((ink - paper) / 2), 0), 1)));
}

// The pixels from 128 that are connected with one another, part by part, as indices.
function connectedParts({values, width, height}) {
  const seen = new Uint8Array(values.length);
  const parts = [];
  for (let first = 0; first < values.length; ++first) {
    if (values[first] < 128 || seen[first]) continue;
    const part = [first];
    seen[first] = 1;
    for (let i = 0; i < part.length; ++i)
      forNeighbours(part[i], 1, width, height, (at) => {
        if (values[at] < 128 || seen[at]) return;
        seen[at] = 1;
        part.push(at);
      });
    parts.push(part);
  }
  return parts;
}

// All pixels at most `reach` rows and columns away, the one itself among them.
function forNeighbours(at, reach, width, height, visit) {
  const [column, row] = [at % width, Math.floor(at / width)];
  for (let y = Math.max(row - reach, 0); y <= Math.min(row + reach, height - 1); ++y)
    for (let x = Math.max(column - reach, 0); x <= Math.min(column + reach, width - 1); ++x) visit(y * width + x);
}

// Without small parts, and without what a shadow's edge leaves at the picture's: paler than ink.
function withoutSpecks(parts, {values, width, height}) {
  const kLeastShare = 0.03;
  const kPale = 0.75;
  const largest = Math.max(...parts.map((part) => part.length));
  const large = parts.filter((part) => part.length >= kLeastShare * largest);
  const darkness = (part) => part.reduce((sum, at) => sum + values[at], 0) / part.length;
  const darkest = Math.max(...large.map(darkness));
  const isAtEdge = (at) => at < width || at >= width * (height - 1) || at % width === 0 || at % width === width - 1;
  return large.filter((part) => darkness(part) >= kPale * darkest || !part.some(isAtEdge));
}

// The bytes of these parts and their soft edges; all else is 0.
function keepParts({values, width, height}, parts) {
  const kSoftEdge = 2;
  const kept = new Uint8Array(values.length);
  for (const at of parts.flat())
    forNeighbours(at, kSoftEdge, width, height, (near) => { kept[near] = values[near]; });
  return kept;
}
