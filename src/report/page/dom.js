// Makes an element. Children that are strings become text, never markup; null ones are left out.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  append(made, children);
  return made;
}

function svg(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  append(made, children);
  return made;
}

function append(parent, children) {
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined) parent.append(child);
}

function paragraph(...children) {
  return element("p", {}, ...children);
}

// A picture of a character, as a person who cannot see it would need it told.
function picture(source, text) {
  return element("img", {src: source, alt: text, title: text, width: 28, height: 28});
}

// A table or chart under a caption whose first words name it.
function figure(title, caption, content, kind = "short") {
  const made = element("figure", {class: kind}, element("figcaption", {}, element("strong", {}, `${title}. `), caption), content);
  made.querySelectorAll("[role=region]").forEach((region) => region.setAttribute("aria-label", title));
  return made;
}

let sections = 0;

// A part of the report with a heading; the highest level stands in the table of contents.
function section(level, title, ...children) {
  const id = `part-${++sections}`;
  if (level === 2)
    document.getElementById("contents").append(element("li", {}, element("a", {href: `#${id}`}, title)));
  return element("section", {"aria-labelledby": id}, element(`h${level}`, {id}, title), ...children);
}
