// The table: rows are created when they scroll into view.

const body = make("div", { class: "rows", role: "rowgroup" });
const columnHeads = columns.map((column) =>
  make(
    "div",
    { role: "columnheader" },
    make("button", { type: "button", "data-sort": column.name }, column.title),
  ),
);
const table = make(
  "div",
  { role: "table", "aria-labelledby": "every" },
  make(
    "div",
    { role: "rowgroup" },
    make("div", { class: "columns", role: "row", "aria-rowindex": 1 }, columnHeads),
  ),
  body,
);
const drawn = new Map(); // the row elements in the page, by their position in `entries`
const MOST_PRINTED = 2000; // rows
const LEAST_DRAWN = 12; // rows, whatever the window's height
const DRAWN_BEYOND = 8; // rows above and below the window
let rowHeight = 60; // pixels; refillTable sets it by the width of the window

function headingOf({ title, size }, position) {
  return atPosition(
    make(
      "div",
      { role: "row", class: "group", "aria-rowindex": position + 2 },
      make(
        "div",
        { role: "cell", "aria-colspan": columns.length },
        make("b", { title }, `${title} `, make("small", {}, number.format(size))),
      ),
    ),
    position,
  );
}
function atPosition(element, position) {
  element.style.height = `${rowHeight}px`;
  element.style.top = `${position * rowHeight}px`;
  return element;
}
function rowOf(entry, position) {
  if (entry.title !== undefined) return headingOf(entry, position);
  const { index, citation } = entry,
    row = rows[index],
    name = linkName(row),
    best = row[BEST_MIRROR] < 0 ? null : row[MIRRORS][row[BEST_MIRROR]];
  const cell = (...children) => make("div", { role: "cell" }, children);
  return atPosition(
    make(
      "div",
      { role: "row", "aria-rowindex": position + 2 },
      cell(
        state(row[STATE]),
        make(
          "small",
          {},
          [
            row[NEW] ? t("new") : "",
            row[MIRROR] ? t("archive copy") : "",
            isIn(row, "settled") ? t("nothing to do") : "",
          ]
            .filter(Boolean)
            .join(" · "),
        ),
      ),
      cell(
        make(
          "a",
          {
            class: "name",
            href: fragment({ link: row[LINK_URL] }),
            "data-row": index,
            title: name,
          },
          name,
        ),
        make(
          "small",
          { title: row[LINK_URL] },
          name === row[LINK_URL] ? reasonOf(row) : row[LINK_URL],
        ),
      ),
      cell(
        placeElement(row[PLACES][citation], true),
        row[CITATION_COUNT] > 1
          ? make(
              "small",
              {},
              n(
                "and {number} more citation",
                "and {number} more citations",
                row[CITATION_COUNT] - 1,
              ),
            )
          : "",
      ),
      cell(make("span", {}, localDay(sinceOf(row)))),
      make(
        "div",
        { role: "cell", "data-label": best ? null : `${t("Archive copy")} ` },
        make(
          "span",
          {},
          best
            ? best[COPY_DAY]
              ? t("copy of {day}", { day: isoDay(best[COPY_DAY]) })
              : t("copy, day unknown")
            : row[MIRROR]
              ? "–"
              : data.coverage[row[COVERAGE]],
        ),
        best
          ? make(
              "small",
              {},
              [data.services[best[COPY_SERVICE]], daysFromAccess(row, best[COPY_DAY])]
                .filter(Boolean)
                .join(" · "),
            )
          : "",
      ),
    ),
    position,
  );
}
// Creates the rows that are in view or near it, and removes the others.
function draw() {
  const top = -body.getBoundingClientRect().top, // pixels of the table above the window
    firstInView = Math.floor(top / rowHeight),
    endOfView = Math.ceil((top + innerHeight) / rowHeight);
  const end = Math.min(entries.length, Math.max(LEAST_DRAWN, endOfView + DRAWN_BEYOND));
  const start = Math.max(0, Math.min(end, firstInView - DRAWN_BEYOND));
  for (const [position, element] of drawn)
    if ((position < start || position >= end) && !element.contains(document.activeElement)) {
      element.remove();
      drawn.delete(position);
    }
  let before = body.firstChild;
  for (let position = start; position < end; position += 1) {
    while (before && Number(before.dataset.position) < position) before = before.nextSibling;
    if (drawn.has(position)) continue;
    const element = rowOf(entries[position], position);
    element.dataset.position = position;
    body.insertBefore(element, before);
    drawn.set(position, element);
  }
}
// Chooses the rows by the filters, and draws the table anew.
function refillTable() {
  chooseRows();
  rowHeight = matchMedia("(max-width: 36rem)").matches
    ? 126
    : matchMedia("(max-width: 52rem)").matches
      ? 108
      : 60;
  drawn.clear();
  body.replaceChildren();
  body.style.height = `${entries.length * rowHeight}px`;
  table.setAttribute("aria-rowcount", entries.length + 1);
  columns.forEach((column, index) =>
    columnHeads[index].setAttribute(
      "aria-sort",
      shown.sort === column.name
        ? "ascending"
        : shown.sort === `-${column.name}`
          ? "descending"
          : "none",
    ),
  );
  byId("count").textContent = t("{shown} of {all}", {
    shown: number.format(matches.length),
    all: number.format(rows.length),
  });
  byId("nothing").hidden = matches.length > 0;
  for (const tile of document.querySelectorAll(".tile"))
    tile.classList.toggle("on", tile.getAttribute("href") === `#in=${shown.in}`);
  draw();
}
