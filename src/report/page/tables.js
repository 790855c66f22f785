// A table in a box of its own. Columns: {title, value(row) -> string, number or nodes, number: right-aligned,
// head: names the row, key(row): what the column is sorted by}.
function table(columns, rows, {tall = false, rowClass = () => ""} = {}) {
  const body = element("tbody");
  const show = (ordered) => body.replaceChildren(...ordered.map((row) => tableRow(columns, row, rowClass(row))));
  const heads = columns.map((column) => headCell(column));
  columns.forEach((column, index) => {
    if (!column.key) return;
    heads[index].firstChild.addEventListener("click", () => {
      const descending = heads[index].getAttribute("aria-sort") !== "descending";
      heads.forEach((head) => head.removeAttribute("aria-sort"));
      heads[index].setAttribute("aria-sort", descending ? "descending" : "ascending");
      show(sorted(rows, column.key, descending));
    });
  });
  show(rows);
  return element("div", {class: tall ? "scroll tall" : "scroll", tabindex: 0, role: "region", "aria-label": "Table"},
    element("table", {}, element("thead", {}, element("tr", {}, heads)), body));
}

function headCell(column) {
  const kind = column.number ? {class: "number", scope: "col"} : {scope: "col"};
  return element("th", kind, column.key ? element("button", {type: "button"}, column.title) : column.title);
}

function tableRow(columns, row, kind) {
  return element("tr", kind ? {class: kind} : {}, columns.map((column) => {
    const style = column.number ? {class: "number"} : column.whole ? {class: "whole"} : {};
    return column.head ? element("th", {scope: "row", ...style}, column.value(row)) : element("td", style, column.value(row));
  }));
}

function sorted(rows, key, descending) {
  const compare = (a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b)));
  return [...rows].sort((a, b) => (descending ? -1 : 1) * compare(key(a), key(b)));
}

// A share in percent with its interval behind it.
function withInterval(share, bounds) {
  return [digits(share), " ", element("span", {class: "interval"}, interval(bounds))];
}
