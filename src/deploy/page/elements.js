// What the pad's parts are made of.

// An element; children that are strings become text, never markup.
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function makeButton(text, action, attributes = {}) {
  const button = make("button", {type: "button", ...attributes}, text);
  button.addEventListener("click", action);
  return button;
}

// "94%", and "<1%" for what is there but rounds to nothing.
function percentText(share) {
  if (share > 0 && share < 0.005) return "<1%";
  if (share < 1 && share >= 0.995) return ">99%";
  return `${Math.round(100 * share)}%`;
}

// "O", "O or 0", "O, 0 or Q".
function alternatives(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
