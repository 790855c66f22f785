// What a pen leaves: strokes, lists of points {x, y}, drawn on paper as EMNIST's forms were scanned - 128 pixels a side,
// black or white, a character some 40 pixels high, a pen of 5. So the reading depends neither on how large one writes nor on
// how thick the line on the screen is. Drawn by hand, for browsers that guard against fingerprints disturb what they draw.

const kPaperSide = 128;
const kInkSide = 38;    // pixels, the longer side of what the pen's middle passed
const kPenRadius = 2.5;

// 128 x 128 bytes, 255 where there is ink.
function inkOnPaper(strokes) {
  const points = strokes.flat();
  const ends = (values) => [Math.min(...values), Math.max(...values)];
  const [left, right] = ends(points.map((point) => point.x));
  const [top, bottom] = ends(points.map((point) => point.y));
  const longer = Math.max(right - left, bottom - top);
  const scale = longer > 0 ? kInkSide / longer : 1;
  const place = ({x, y}) => ({x: (x - (left + right) / 2) * scale + kPaperSide / 2, y: (y - (top + bottom) / 2) * scale + kPaperSide / 2});
  const paper = new Uint8Array(kPaperSide * kPaperSide);
  for (const stroke of strokes) {
    const placed = stroke.map(place);
    placed.forEach((point, i) => drawLine(paper, placed[Math.max(i - 1, 0)], point));
  }
  return paper;
}

// All pixels whose middle lies within the pen's radius of the line.
function drawLine(paper, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const square = Math.max(dx * dx + dy * dy, 1e-6);
  const first = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - kPenRadius));
  const last = (a, b) => Math.min(kPaperSide - 1, Math.ceil(Math.max(a, b) + kPenRadius));
  for (let y = first(from.y, to.y); y <= last(from.y, to.y); ++y)
    for (let x = first(from.x, to.x); x <= last(from.x, to.x); ++x) {
      const along = Math.min(Math.max(((x - from.x) * dx + (y - from.y) * dy) / square, 0), 1);
      if (Math.hypot(x - from.x - along * dx, y - from.y - along * dy) <= kPenRadius) paper[y * kPaperSide + x] = 255;
    }
}
