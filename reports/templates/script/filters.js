// Which rows the table shows, in which order and groups.

const searchable = rows.map((row) =>
  [
    row[LINK_URL],
    row[FINAL_URL],
    row[ORIGINAL],
    row[DETAIL],
    data.hosts[row[HOST]],
    ...row[PLACES].map((place) => `${place[TEXT]} ${data.pages[place[PAGE]]}`),
  ]
    .join("\n")
    .toLowerCase(),
);
const severity = [
  "broken",
  "suspect",
  "moved",
  "blocked",
  "unsure",
  "unchecked",
  "skipped",
  "alive",
];
const severityRank = data.states.map(([word]) => severity.indexOf(word));
const bitOf = Object.fromEntries(data.sections.map(([word], index) => [word, index]));
// 1 if a row is in a section or filter of `data.sections`, else 0.
const isIn = (row, word) => (row[SECTIONS] >> bitOf[word]) & 1;
const collator = new Intl.Collator(data.lang, { numeric: true });
// The days between access and best copy, to sort by. Copies whose distance is not known come after
// all others, then rows without a copy by their coverage.
const UNKNOWN_DISTANCE = 1e6;
const NO_COPY = 1e7;
const daysToCopy = (row) =>
  row[BEST_MIRROR] < 0
    ? NO_COPY + row[COVERAGE]
    : (row[MIRRORS][row[BEST_MIRROR]][DAYS_FROM_ACCESS] ?? UNKNOWN_DISTANCE);
// The columns of the table, each with the function that sorts rows by it.
const columns = [
  {
    name: "state",
    title: t("State"),
    order: (a, b) =>
      isIn(b, "to-do") - isIn(a, "to-do") ||
      severityRank[a[STATE]] - severityRank[b[STATE]] ||
      b[CITATION_COUNT] - a[CITATION_COUNT] ||
      sinceOf(b) - sinceOf(a),
  },
  {
    name: "link",
    title: t("Link"),
    order: (a, b) => (a[LINK_URL] < b[LINK_URL] ? -1 : a[LINK_URL] > b[LINK_URL] ? 1 : 0),
  },
  {
    name: "page",
    title: t("Page"),
    order: (a, b) => {
      const [first] = a[PLACES];
      const [other] = b[PLACES];
      return pageRank[first[PAGE]] - pageRank[other[PAGE]] || first[LINE] - other[LINE];
    },
  },
  { name: "since", title: t("Since"), order: (a, b) => sinceOf(a) - sinceOf(b) },
  { name: "copy", title: t("Archive copy"), order: (a, b) => daysToCopy(a) - daysToCopy(b) },
];
const pageRank = []; // the position of each page in the order of paths, by its number
data.pages
  .map((page, index) => [page, index])
  .sort((a, b) => collator.compare(a[0], b[0]))
  .forEach(([, index], rank) => {
    pageRank[index] = rank;
  });
// Ways to group rows. `of` returns the keys of a row's groups, each with the number of the citation
// that is shown there.
const groupings = {
  page: {
    of: (row) =>
      row[PLACES].map((place, index) => [place[PAGE], index]).filter(
        ([page], index, all) => all.findIndex(([other]) => other === page) === index,
      ),
    title: (page) => data.pages[page],
  },
  host: { of: (row) => [[data.hosts[row[HOST]], 0]], title: (host) => host },
  reason: { of: (row) => [[reasonOf(row), 0]], title: (reason) => reason },
};
const shown = {
  q: "", // words to search for
  in: "", // a section or filter, "" for all
  reason: "",
  by: "", // a key of `groupings`, "" for none
  state: new Set(), // empty for all
  isNew: false, // new rows only
  sort: "state", // a column, with "-" before it for the reverse order
  link: "", // the URL of the link in the dialog, "" if the dialog is closed
};
let matches = []; // indices of rows
let entries = []; // each is { index, citation } of a row, or { title, size } of a group

// Reads the filters from the fragment of the page's URL.
function readFilters() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  shown.q = parameters.get("q") ?? "";
  shown.in = data.sections.some(([word]) => word === parameters.get("in"))
    ? parameters.get("in")
    : "";
  shown.reason = data.reasons.some(([word]) => word === parameters.get("reason"))
    ? parameters.get("reason")
    : "";
  const by = parameters.get("by") ?? data.by;
  shown.by = groupings[by] ? by : "";
  shown.state = new Set(
    (parameters.get("state") ?? "")
      .split(",")
      .filter((word) => data.states.some(([known]) => known === word)),
  );
  shown.isNew = parameters.get("new") === "1";
  shown.sort = columns.some(
    (column) => column.name === (parameters.get("sort") ?? "").replace("-", ""),
  )
    ? parameters.get("sort")
    : "state";
  shown.link = parameters.get("link") ?? "";
}
// The fragment from which readFilters reads the filters, with the given changes.
function fragment(changes = {}) {
  const now = { ...shown, ...changes },
    parameters = new URLSearchParams();
  if (now.q) parameters.set("q", now.q);
  if (now.in) parameters.set("in", now.in);
  if (now.reason) parameters.set("reason", now.reason);
  if (now.by !== data.by) parameters.set("by", now.by || "none");
  if (now.state.size) parameters.set("state", [...now.state].join(","));
  if (now.isNew) parameters.set("new", "1");
  if (now.sort !== "state") parameters.set("sort", now.sort);
  if (now.link) parameters.set("link", now.link);
  return `#${parameters.toString().replaceAll("%2C", ",")}`;
}
// Sets `matches` and `entries` by the filters.
function chooseRows() {
  const words = shown.q.toLowerCase().split(/\s+/).filter(Boolean);
  const bit = shown.in ? 1 << data.sections.findIndex(([word]) => word === shown.in) : 0;
  const reason = data.reasons.findIndex(([word]) => word === shown.reason);
  const states = data.states.map(([word]) => !shown.state.size || shown.state.has(word));
  matches = [];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    if (
      states[row[STATE]] &&
      (!bit || row[SECTIONS] & bit) &&
      (reason < 0 || row[REASON] === reason) &&
      (!shown.isNew || row[NEW]) &&
      words.every((word) =>
        word.startsWith("host:")
          ? data.hosts[row[HOST]] === word.slice(5)
          : searchable[index].includes(word),
      )
    )
      matches.push(index);
  }
  const { order } = columns.find((column) => column.name === shown.sort.replace("-", "")),
    sign = shown.sort.startsWith("-") ? -1 : 1;
  matches.sort((a, b) => sign * order(rows[a], rows[b]) || a - b);
  entries = shown.by
    ? grouped(groupings[shown.by])
    : matches.map((index) => ({ index, citation: 0 }));
}
// The matching rows as entries, by group, each group after its heading.
function grouped({ of, title }) {
  const groups = new Map();
  for (const index of matches)
    for (const [key, citation] of of(rows[index]))
      groups.has(key)
        ? groups.get(key).push({ index, citation })
        : groups.set(key, [{ index, citation }]);
  const failing = ([, members]) => members.filter(({ index }) => isFailing(rows[index])).length;
  const order =
    shown.by === "page"
      ? (a, b) => pageRank[a[0]] - pageRank[b[0]]
      : (a, b) =>
          failing(b) - failing(a) || b[1].length - a[1].length || collator.compare(a[0], b[0]);
  return [...groups]
    .sort(order)
    .flatMap(([key, members]) => [{ title: title(key), size: members.length }, ...members]);
}
