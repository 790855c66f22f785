// The surface that one writes on, with mouse, pen, finger or keyboard. What stands on it is a value - strokes, or a picture
// that was brought in - and each change makes a new one, so that undoing is going back.

const kBlank = {strokes: [], picture: null};
const kPen = 0.055;         // the line's width on the screen, to the surface's side
const kKeyboardStep = 0.025;  // how far an arrow key moves the pen

// onChange(content, isDone): what stands there now, and whether the pen is up.
function makeSurface(onChange) {
  const canvas = make("canvas", {class: "pad-surface", tabindex: 0, role: "application", "aria-roledescription": "writing surface",
    "aria-label": "Write one character here. With the keyboard: arrow keys move the pen, space puts it down and lifts it."});
  let past = [];
  let content = kBlank;
  let stroke = null;            // what is being written: its points, in parts of the surface's side
  let pointer = null;           // that writes it
  let keyboardPen = null;       // where the keyboard's pen is, while it is in use

  const draw = () => drawSurface(canvas, shown(), keyboardPen, stroke !== null);
  const shown = () => (stroke === null ? content : {strokes: [...content.strokes, stroke], picture: null});
  const changed = () => {
    draw();
    onChange(shown(), stroke === null);
  };
  const put = (next) => {
    past.push(content);
    content = next;
    changed();
  };
  const begin = (point) => {
    if (content.picture !== null) put(kBlank);
    stroke = [point];
    changed();
  };
  const end = () => {
    const done = shown();
    stroke = null;
    put(done);
  };

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return {x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height};
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0 || stroke !== null) return;
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    keyboardPen = null;
    begin(placeOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    stroke.push(...(moves.length > 0 ? moves : [event]).map(placeOf));
    changed();
  });
  const lift = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    end();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  const kSteps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  canvas.addEventListener("keydown", (event) => {
    if (pointer !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in kSteps) {
      const [dx, dy] = kSteps[event.key].map((step) => step * kKeyboardStep);
      const within = (value) => Math.min(Math.max(value, 0), 1);
      keyboardPen ??= {x: 0.5, y: 0.5};
      keyboardPen = {x: within(keyboardPen.x + dx), y: within(keyboardPen.y + dy)};
      if (stroke !== null) stroke.push(keyboardPen);
      changed();
    } else if (event.key === " ") {
      keyboardPen ??= {x: 0.5, y: 0.5};
      if (stroke === null) begin(keyboardPen);
      else end();
    } else {
      return;
    }
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    if (stroke !== null && pointer === null) end();
    keyboardPen = null;
    draw();
  });

  new ResizeObserver(draw).observe(canvas);
  return {
    canvas,
    draw,
    isBlank: () => isBlank(content),
    canUndo: () => past.length > 0,
    undo() {
      if (stroke !== null || past.length === 0) return;
      content = past.pop();
      changed();
    },
    clear() {
      if (stroke === null && !isBlank(content)) put(kBlank);
    },
    show(picture) {
      if (stroke === null) put({strokes: [], picture});
    },
  };
}

function isBlank(content) {
  return content.strokes.length === 0 && content.picture === null;
}

// The 28 x 28 bytes that a network reads of what stands there; null of nothing.
function imageOf(content) {
  if (isBlank(content)) return null;
  if (content.picture !== null) return content.picture.image;
  return convertToEmnist(inkOnPaper(content.strokes), kPaperSide, kPaperSide);
}

function drawSurface(canvas, content, keyboardPen, isDown) {
  const side = canvas.clientWidth * window.devicePixelRatio;
  if (canvas.width !== Math.round(side)) canvas.width = canvas.height = Math.round(side);
  const context = canvas.getContext("2d");
  const colours = getComputedStyle(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = context.fillStyle = colours.color;
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = kPen * side;
  for (const stroke of content.strokes) drawStroke(context, stroke, side);
  if (content.picture !== null) drawInk(context, content.picture, side);
  if (keyboardPen === null) return;
  context.strokeStyle = colours.outlineColor;
  context.lineWidth = side / 150;
  context.beginPath();
  context.arc(keyboardPen.x * side, keyboardPen.y * side, side * (isDown ? kPen : 2 * kPen) / 2, 0, 2 * Math.PI);
  context.stroke();
}

// Through the middles between points, with the points as control points: smooth, and never beside what was written.
function drawStroke(context, stroke, side) {
  const at = ({x, y}) => [x * side, y * side];
  const middle = (a, b) => ({x: (a.x + b.x) / 2, y: (a.y + b.y) / 2});
  context.beginPath();
  context.moveTo(...at(stroke[0]));
  for (let i = 1; i + 1 < stroke.length; ++i) context.quadraticCurveTo(...at(stroke[i]), ...at(middle(stroke[i], stroke[i + 1])));
  context.lineTo(...at(stroke.at(-1)));
  context.stroke();
}

// The ink of a picture, as large as the surface holds.
function drawInk(context, {pixels, width, height}, side) {
  const scale = side / Math.max(width, height);
  const [left, top] = [(side - width * scale) / 2, (side - height * scale) / 2];
  pixels.forEach((value, i) => {
    if (value > 0) context.fillRect(left + (i % width) * scale, top + Math.floor(i / width) * scale, scale + 0.5, scale + 0.5);
  });
}
