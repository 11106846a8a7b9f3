// The search, the filters and the export.

const counts = data.states.map(() => 0);
for (const row of rows) counts[row[STATE]] += 1;
const option = (value, text) => make("option", { value }, text);
// `data.sections` ends with `data.filters` filters, which the menu has first.
const listed = [...data.sections.slice(-data.filters), ...data.sections.slice(0, -data.filters)];
byId("in").append(
  option("", t("all")),
  ...listed
    .map(([word, title]) => [word, title, rows.reduce((sum, row) => sum + isIn(row, word), 0)])
    .filter(([, , sum]) => sum)
    .map(([word, title, sum]) => option(word, `${title} (${number.format(sum)})`)),
);
byId("sort").append(...columns.map(({ name, title }) => option(name, title)));
byId("by").append(
  option("", t("none")),
  option("page", t("page")),
  option("host", t("host")),
  option("reason", t("reason")),
);
const used = new Set(rows.map((row) => row[REASON]));
byId("reason").append(
  option("", t("any")),
  ...data.reasons
    .map(([word, title], index) => [index, option(word, title)])
    .filter(([index]) => used.has(index))
    .map(([, element]) => element),
);
byId("states").append(
  ...[...data.states.keys()]
    .filter((index) => counts[index])
    .sort((a, b) => severityRank[a] - severityRank[b])
    .map((index) =>
      make(
        "label",
        { class: "chip" },
        make("input", { type: "checkbox", value: data.states[index][0] }),
        state(index),
        make("small", {}, number.format(counts[index])),
      ),
    ),
);
const boxes = [...byId("states").querySelectorAll("input")];
// Sets the controls, the table and the dialog by the filters.
function showFilters() {
  byId("q").value = shown.q;
  byId("in").value = shown.in;
  byId("reason").value = shown.reason;
  byId("by").value = shown.by;
  byId("new").checked = shown.isNew;
  byId("sort").value = shown.sort.replace("-", "");
  for (const box of boxes) box.checked = shown.state.has(box.value);
  refillTable();
  const row = shown.link && rows.find((candidate) => candidate[LINK_URL] === shown.link);
  if (row) openDialog(row);
  else if (dialog.open) dialog.close();
}
// Changes filters, the fragment of the page's URL and the table.
function changeFilters(changes) {
  Object.assign(shown, changes);
  history.replaceState(null, "", fragment());
  refillTable();
}
byId("q").addEventListener("input", (event) => changeFilters({ q: event.target.value }));
byId("in").addEventListener("change", (event) => changeFilters({ in: event.target.value }));
byId("reason").addEventListener("change", (event) => changeFilters({ reason: event.target.value }));
byId("sort").addEventListener("change", (event) => changeFilters({ sort: event.target.value }));
byId("by").addEventListener("change", (event) => changeFilters({ by: event.target.value }));
byId("new").addEventListener("change", (event) => changeFilters({ isNew: event.target.checked }));
byId("states").addEventListener("change", () =>
  changeFilters({ state: new Set(boxes.filter((box) => box.checked).map((box) => box.value)) }),
);
const form = document.querySelector(".tools");
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  event.preventDefault();
  Object.assign(shown, {
    q: "",
    in: "",
    reason: "",
    by: "",
    state: new Set(),
    isNew: false,
    sort: "state",
  });
  history.replaceState(null, "", fragment());
  showFilters();
});
table.addEventListener("click", (event) => {
  const { sort } = event.target.dataset;
  if (sort) changeFilters({ sort: shown.sort === sort ? `-${sort}` : sort });
});
// A click anywhere on a row or card opens its link, unless it is on a link or button, or text is
// selected.
function openOnClick(event, href) {
  if (event.target.closest("a, button, summary") || String(getSelection())) return;
  location.hash = href;
}
body.addEventListener("click", (event) => {
  const name = event.target.closest('[role="row"]')?.querySelector(".name");
  if (name) openOnClick(event, name.getAttribute("href"));
});
for (const card of document.querySelectorAll(".card"))
  card.addEventListener("click", (event) =>
    openOnClick(event, card.querySelector("h4 a").getAttribute("href")),
  );
for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button, button.dataset.copy));
}
addEventListener("keydown", (event) => {
  if (
    event.key !== "/" ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    dialog.open ||
    event.target.closest("input, select, textarea")
  )
    return;
  event.preventDefault();
  byId("q").focus();
  byId("q").scrollIntoView({ block: "center" });
});
// A value as a CSV cell. A formula gets an apostrophe, so that no spreadsheet calculates it.
const csvCell = (value) => {
  const text = String(value).replace(/[\r\n]+/g, " ");
  return `"${(/^[=+\-@＝＋－＠\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
};
byId("export").addEventListener("click", () => {
  const titles = ["state", "reason", "url", "text", "page", "line", "since", "archive_copy"];
  const lines = matches.flatMap((index) => {
    const row = rows[index],
      best = row[BEST_MIRROR] < 0 ? "" : copyUrl(row, row[MIRRORS][row[BEST_MIRROR]]);
    return row[PLACES].map(([page, line, , text]) =>
      [
        data.states[row[STATE]][0],
        row[REASON] < 0 ? "" : data.reasons[row[REASON]][0],
        row[LINK_URL],
        text,
        data.pages[page],
        line,
        sinceOf(row) ? localDay(sinceOf(row)) : "",
        best,
      ]
        .map(csvCell)
        .join(","),
    );
  });
  const file = URL.createObjectURL(
    new Blob([[titles.join(","), ...lines, ""].join("\r\n")], { type: "text/csv" }),
  );
  make("a", { href: file, download: "links.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(file), 10000);
});
