// The report's data, and functions that show its texts, times and links.

// The elements of a row, and of its times, in the order in which rows.py and cells.py in
// reports/formats/html write them.
const [
  LINK_URL,
  MIRROR,
  HOST,
  STATE,
  REASON,
  DETAIL,
  NOTE,
  STATUS,
  FINAL_URL,
  ORIGINAL,
  NEW,
  COVERAGE,
  SECTIONS,
  TIMES,
  FAILURES,
  PLACES,
  CITATION_COUNT,
  MIRRORS,
  BEST_MIRROR,
  SPANS,
  REQUESTS,
  ID,
  SEEN_BY_OTHERS,
  PROPOSALS,
  CHANGED_CONTENT,
  ACKNOWLEDGED,
  REFUSED,
  UNFIXED,
] = Array(28).keys(); // most rows end before the last five
const [STATE_SINCE, FIRST_FAILED, LAST_ALIVE, LAST_CHECKED, NEXT_CHECK] = Array(5).keys();
// The elements of a citation in PLACES, and of an archive copy in MIRRORS.
const [PAGE, LINE, , TEXT, ACCESSED, CITED_URL] = Array(6).keys();
const [
  COPY_URL,
  COPY_SERVICE,
  COPY_DAY,
  DAYS_FROM_ACCESS,
  COPY_ORIGIN,
  COPY_STATE,
  COPY_REASON,
  SHOWN_CAPTURE,
  COPY_SPELLING,
  REJECTED,
  PARTS_MISSING,
  PARTS_CHECKED,
] = Array(12).keys(); // most copies end before the last two
const data = JSON.parse(document.getElementById("data").textContent);
// The index of a site fetches its rows.
const rows = data.rows_url ? await (await fetch(data.rows_url)).json() : data.rows;
const byId = (id) => document.getElementById(id);

// Translations: t(message) of a text, n(one, many, count) of a text with a number.
// reports/formats/html/script_data.py finds these calls.
const t = (message, fields = {}) =>
  (data.words[message] ?? message).replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
const number = new Intl.NumberFormat(data.lang);
const n = (one, many, count) =>
  (data.counted[one] ?? [one, many])[count === 1 ? 0 : 1].replace("{number}", number.format(count));
const zone = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
// In rows, times are minutes and days are days since 1970; 0 stands for an unknown one.
const date = (minutes) => new Date(minutes * 60000);
const pad = (value) => String(value).padStart(2, "0");
const localDay = (minutes) => (minutes ? dayOf(date(minutes)) : "–");
const isoDay = (days) => new Date(days * 86400000).toISOString().slice(0, 10);
const dayOf = (d) => `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
const time = (d) => `${dayOf(d)} ${pad(d.getHours())}:${pad(d.getMinutes())}`;
const localTime = (minutes) => (minutes ? time(date(minutes)) : t("an unknown time"));

// The page has times in the time zone of the report. They are shown in the reader's, as those in
// the table.
const zoneOf = (d) => zone.formatToParts(d).find((part) => part.type === "timeZoneName").value;
const toLocal = (text) =>
  text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d/g, (written) =>
    time(new Date(written.replace(/ /, "T").replace(" ", ""))),
  );
for (const element of document.querySelectorAll(".clock, .step")) {
  if (element.title) element.title = toLocal(element.title);
  for (const node of element.childNodes)
    if (node.nodeType === Node.TEXT_NODE) node.data = toLocal(node.data);
}
byId("zone").textContent = t("Times are in {zone}.", { zone: zoneOf(new Date()) });

// All data is inserted as text, never as markup.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : value);
  element.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== "" && child !== null && child !== undefined),
  );
  return element;
}
const urlElement = (url) =>
  /^https?:\/\//i.test(url)
    ? make("a", { href: url, rel: "noreferrer" }, url)
    : make("code", {}, url);
const state = (index) =>
  make("span", { class: `state ${data.states[index][0]}` }, data.states[index][1]);
const reasonOf = (row) =>
  row[REASON] < 0 ? data.states[row[STATE]][1] : data.reasons[row[REASON]][row[MIRROR] ? 2 : 1];
// The URL of an archive copy. A space at its end stands for the URL of the row's link.
const copyUrl = (row, copy) =>
  copy[COPY_URL].endsWith(" ") ? copy[COPY_URL].slice(0, -1) + row[LINK_URL] : copy[COPY_URL];
// The text of the first citation that has one, else the URL of the link.
const linkName = (row) => row[PLACES].find((place) => place[TEXT])?.[TEXT] ?? row[LINK_URL];
// The address of a page's source, "" if the report has no template for it.
function sourceUrl(page, line) {
  if (/^https?:\/\//i.test(page)) return page;
  return (
    data.source &&
    data.source
      .replaceAll("{path}", page.split("/").map(encodeURIComponent).join("/"))
      .replaceAll("{line}", line)
  );
}
// A citation's place as a link. If `cut`, a long path loses its folders first.
function placeElement([page, line], cut = false) {
  const path = data.pages[page],
    text = `${path}:${line}`,
    link = sourceUrl(path, line);
  // The line is never cut.
  const last = Math.max(path.lastIndexOf("/"), 0);
  const parts = cut
    ? [
        make("span", { class: "start" }, path.slice(0, last)),
        make("span", { class: "end" }, path.slice(last)),
        make("span", { class: "line" }, `:${line}`),
      ]
    : [text];
  const attributes = { class: cut ? "at cut" : "at", title: cut ? text : null };
  return link
    ? make("a", { ...attributes, href: link, rel: "noreferrer" }, parts)
    : make("span", attributes, parts);
}
const isFailing = (row) => ["broken", "suspect"].includes(data.states[row[STATE]][0]);
const sinceOf = (row) =>
  isFailing(row) && row[TIMES][FIRST_FAILED] ? row[TIMES][FIRST_FAILED] : row[TIMES][STATE_SINCE];
const accessedOn = (row) =>
  row[PLACES].reduce(
    (first, place) =>
      place[ACCESSED] && (!first || place[ACCESSED] < first) ? place[ACCESSED] : first,
    0,
  );
// How long before or after the first access a copy was made, in words.
function daysFromAccess(row, captured) {
  const accessed = accessedOn(row);
  if (!captured || !accessed) return "";
  const days = captured - accessed;
  return days === 0
    ? t("on the access date")
    : days < 0
      ? n("{number} day before", "{number} days before", -days)
      : n("{number} day after", "{number} days after", days);
}
