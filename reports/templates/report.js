"use strict";
(async () => {
  // The elements of a row, and of its times, in the order in which reports/formats/html/rows.py and cells.py write them.
  const [URL_, MIRROR, HOST, STATE, REASON, DETAIL, NOTE, STATUS, FINAL, ORIGINAL, NEW, COVERAGE, SECTIONS, TIMES, FAILURES, PLACES, CITED, MIRRORS, BEST, SPANS, REQUESTS, ID, OTHERS, PROPOSALS, CHANGED_CONTENT, ACKNOWLEDGED, REFUSED, UNFIXED] = Array(28).keys(); // most rows end before the last five
  const [SINCE, FAILED, SEEN, CHECKED, NEXT] = Array(5).keys();
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = data.rows_url ? await (await fetch(data.rows_url)).json() : data.rows; // the index of a site fetches its rows
  const byId = (id) => document.getElementById(id);
  // Translations: t(message) of a text, n(one, many, count) of a text with a number. reports/formats/html/report.py finds these calls.
  const t = (message, fields = {}) => (data.words[message] ?? message).replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
  const number = new Intl.NumberFormat(data.lang);
  const n = (one, many, count) => (data.counted[one] ?? [one, many])[count === 1 ? 0 : 1].replace("{number}", number.format(count));
  const zone = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
  const date = (minutes) => new Date(minutes * 60000);
  const pad = (value) => String(value).padStart(2, "0");
  const day = (minutes) => { const d = date(minutes); return minutes ? `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}` : "–"; };
  const calendar = (days) => new Date(days * 86400000).toISOString().slice(0, 10);
  const time = (d) => `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${pad(d.getHours())}:${pad(d.getMinutes())}`;
  const clock = (minutes) => minutes ? time(date(minutes)) : t("an unknown time");

  // The page has times in the time zone of the report. They are shown in the reader's, as those in the table.
  const zoneOf = (d) => zone.formatToParts(d).find((part) => part.type === "timeZoneName").value;
  const toLocal = (text) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d/g, (written) => time(new Date(written.replace(/ /, "T").replace(" ", ""))));
  for (const element of document.querySelectorAll(".clock, .step")) {
    if (element.title) element.title = toLocal(element.title);
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) node.data = toLocal(node.data);
  }
  byId("zone").textContent = t("Times are in {zone}.", { zone: zoneOf(new Date()) });

  // All data is inserted as text, never as markup.
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    element.append(...children.flat(Infinity).filter((child) => child !== "" && child !== null && child !== undefined));
    return element;
  }
  const address = (url) => /^https?:\/\//i.test(url) ? make("a", { href: url, rel: "noreferrer" }, url) : make("code", {}, url);
  const state = (index) => make("span", { class: `state ${data.states[index][0]}` }, data.states[index][1]);
  const reasonOf = (row) => row[REASON] < 0 ? data.states[row[STATE]][1] : data.reasons[row[REASON]][row[MIRROR] ? 2 : 1];
  const copyOf = (row, copy) => copy[0].endsWith(" ") ? copy[0].slice(0, -1) + row[URL_] : copy[0];
  const nameOf = (row) => row[PLACES].find((place) => place[3])?.[3] ?? row[URL_];
  function source(page, line) {
    if (/^https?:\/\//i.test(page)) return page;
    return data.source && data.source.replaceAll("{path}", page.split("/").map(encodeURIComponent).join("/")).replaceAll("{line}", line);
  }
  function placeOf([page, line], cut = false) {
    const path = data.pages[page], text = `${path}:${line}`, link = source(path, line);
    const last = Math.max(path.lastIndexOf("/"), 0); // a long path loses its folders first, and never its line
    const parts = cut ? [make("span", { class: "start" }, path.slice(0, last)), make("span", { class: "end" }, path.slice(last)), make("span", { class: "line" }, `:${line}`)] : [text];
    const attributes = { class: cut ? "at cut" : "at", title: cut ? text : null };
    return link ? make("a", { ...attributes, href: link, rel: "noreferrer" }, parts) : make("span", attributes, parts);
  }
  const isFailing = (row) => ["broken", "suspect"].includes(data.states[row[STATE]][0]);
  const sinceOf = (row) => isFailing(row) && row[TIMES][FAILED] ? row[TIMES][FAILED] : row[TIMES][SINCE];
  const accessedOn = (row) => row[PLACES].reduce((first, place) => place[4] && (!first || place[4] < first) ? place[4] : first, 0);
  function daysFromAccess(row, captured) { // how long before or after the first access a copy was made
    const accessed = accessedOn(row);
    if (!captured || !accessed) return "";
    const days = captured - accessed;
    return days === 0 ? t("on the access date") : days < 0 ? n("{number} day before", "{number} days before", -days) : n("{number} day after", "{number} days after", days);
  }

  // --- filtering and sorting ---
  const searchable = rows.map((row) => [row[URL_], row[FINAL], row[ORIGINAL], row[DETAIL], data.hosts[row[HOST]], ...row[PLACES].map((place) => `${place[3]} ${data.pages[place[0]]}`)].join("\n").toLowerCase());
  const severity = ["broken", "suspect", "moved", "blocked", "unsure", "unchecked", "skipped", "alive"];
  const rank = data.states.map(([word]) => severity.indexOf(word));
  const bitOf = Object.fromEntries(data.sections.map(([word], index) => [word, index]));
  const has = (row, word) => (row[SECTIONS] >> bitOf[word]) & 1;
  const collator = new Intl.Collator(data.lang, { numeric: true });
  const nearest = (row) => row[BEST] < 0 ? 1e7 + row[COVERAGE] : (row[MIRRORS][row[BEST]][3] ?? 1e6);
  const columns = [
    { name: "state", title: t("State"), order: (a, b) => (has(b, "to-do") - has(a, "to-do")) || rank[a[STATE]] - rank[b[STATE]] || b[CITED] - a[CITED] || sinceOf(b) - sinceOf(a) },
    { name: "link", title: t("Link"), order: (a, b) => (a[URL_] < b[URL_] ? -1 : a[URL_] > b[URL_] ? 1 : 0) },
    { name: "page", title: t("Page"), order: (a, b) => (a[PLACES][0][0] === b[PLACES][0][0] ? a[PLACES][0][1] - b[PLACES][0][1] : pageRank[a[PLACES][0][0]] - pageRank[b[PLACES][0][0]]) },
    { name: "since", title: t("Since"), order: (a, b) => sinceOf(a) - sinceOf(b) },
    { name: "copy", title: t("Archive copy"), order: (a, b) => nearest(a) - nearest(b) },
  ];
  const pageRank = [];
  data.pages.map((page, index) => [page, index]).sort((a, b) => collator.compare(a[0], b[0])).forEach(([, index], place) => { pageRank[index] = place; });
  // Ways to group rows. `of` returns the keys of a row's groups, each with the citation shown there.
  const groupings = {
    page: { of: (row) => row[PLACES].map((place, index) => [place[0], index]).filter(([page], index, all) => all.findIndex(([other]) => other === page) === index), title: (page) => data.pages[page] },
    host: { of: (row) => [[data.hosts[row[HOST]], 0]], title: (host) => host },
    reason: { of: (row) => [[reasonOf(row), 0]], title: (reason) => reason },
  };
  const shown = { q: "", in: "", reason: "", by: "", state: new Set(), isNew: false, sort: "state", link: "" };
  let matches = [], entries = []; // matches: indices of rows; an entry: a row with the citation to show, or a group's title with its size

  function readFilters() { // from the fragment of the page's URL
    const parameters = new URLSearchParams(location.hash.slice(1));
    shown.q = parameters.get("q") ?? "";
    shown.in = data.sections.some(([word]) => word === parameters.get("in")) ? parameters.get("in") : "";
    shown.reason = data.reasons.some(([word]) => word === parameters.get("reason")) ? parameters.get("reason") : "";
    shown.by = groupings[parameters.get("by") ?? data.by] ? parameters.get("by") ?? data.by : "";
    shown.state = new Set((parameters.get("state") ?? "").split(",").filter((word) => data.states.some(([known]) => known === word)));
    shown.isNew = parameters.get("new") === "1";
    shown.sort = columns.some((column) => column.name === (parameters.get("sort") ?? "").replace("-", "")) ? parameters.get("sort") : "state";
    shown.link = parameters.get("link") ?? "";
  }
  function fragment(changes = {}) { // the fragment that readFilters reads
    const now = { ...shown, ...changes }, parameters = new URLSearchParams();
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
  function chooseRows() {
    const words = shown.q.toLowerCase().split(/\s+/).filter(Boolean);
    const bit = shown.in ? 1 << data.sections.findIndex(([word]) => word === shown.in) : 0;
    const reason = data.reasons.findIndex(([word]) => word === shown.reason);
    const states = data.states.map(([word]) => !shown.state.size || shown.state.has(word));
    matches = [];
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index];
      if (states[row[STATE]] && (!bit || row[SECTIONS] & bit) && (reason < 0 || row[REASON] === reason) && (!shown.isNew || row[NEW]) && words.every((word) => word.startsWith("host:") ? data.hosts[row[HOST]] === word.slice(5) : searchable[index].includes(word))) matches.push(index);
    }
    const { order } = columns.find((column) => column.name === shown.sort.replace("-", "")), sign = shown.sort.startsWith("-") ? -1 : 1;
    matches.sort((a, b) => sign * order(rows[a], rows[b]) || a - b);
    entries = shown.by ? grouped(groupings[shown.by]) : matches.map((index) => ({ index, place: 0 }));
  }
  function grouped({ of, title }) {
    const groups = new Map();
    for (const index of matches) for (const [key, place] of of(rows[index])) groups.has(key) ? groups.get(key).push({ index, place }) : groups.set(key, [{ index, place }]);
    const failing = ([, members]) => members.filter(({ index }) => rank[rows[index][STATE]] < 2).length; // broken, suspect
    const order = shown.by === "page" ? (a, b) => pageRank[a[0]] - pageRank[b[0]] : (a, b) => failing(b) - failing(a) || b[1].length - a[1].length || collator.compare(a[0], b[0]);
    return [...groups].sort(order).flatMap(([key, members]) => [{ title: title(key), size: members.length }, ...members]);
  }

  // --- the table: rows are created when they scroll into view ---
  const body = make("div", { class: "rows", role: "rowgroup" });
  const heads = columns.map((column) => make("div", { role: "columnheader" }, make("button", { type: "button", "data-sort": column.name }, column.title)));
  const table = make("div", { role: "table", "aria-labelledby": "every" }, make("div", { role: "rowgroup" }, make("div", { class: "columns", role: "row", "aria-rowindex": 1 }, heads)), body);
  const drawn = new Map(); // the row elements in the page, by their position in `entries`
  const MOST_PRINTED = 2000; // rows
  let height = 60;

  function headingOf({ title, size }, position) {
    return placed(make("div", { role: "row", class: "group", "aria-rowindex": position + 2 }, make("div", { role: "cell", "aria-colspan": columns.length }, make("b", { title }, `${title} `, make("small", {}, number.format(size))))), position);
  }
  function placed(element, position) {
    element.style.height = `${height}px`;
    element.style.top = `${position * height}px`;
    return element;
  }
  function rowOf(entry, position) {
    if (entry.title !== undefined) return headingOf(entry, position);
    const { index, place } = entry, row = rows[index], name = nameOf(row), best = row[BEST] < 0 ? null : row[MIRRORS][row[BEST]];
    const cell = (...children) => make("div", { role: "cell" }, children);
    const more = row[CITED] > 1 ? ` +${row[CITED] - 1}` : "";
    return placed(make("div", { role: "row", "aria-rowindex": position + 2 },
      cell(state(row[STATE]), make("small", {}, [row[NEW] ? t("new") : "", row[MIRROR] ? t("archive copy") : "", has(row, "settled") ? t("nothing to do") : ""].filter(Boolean).join(" · "))),
      cell(make("a", { class: "name", href: fragment({ link: row[URL_] }), "data-row": index, title: name }, name), make("small", { title: row[URL_] }, name === row[URL_] ? reasonOf(row) : row[URL_])),
      cell(placeOf(row[PLACES][place], true), more ? make("small", {}, n("and {number} more citation", "and {number} more citations", row[CITED] - 1)) : ""),
      cell(make("span", {}, day(sinceOf(row)))),
      make("div", { role: "cell", "data-label": best ? null : `${t("Archive copy")} ` }, make("span", {}, best ? (best[2] ? t("copy of {day}", { day: calendar(best[2]) }) : t("copy, day unknown")) : row[MIRROR] ? "–" : data.coverage[row[COVERAGE]]), best ? make("small", {}, [data.services[best[1]], daysFromAccess(row, best[2])].filter(Boolean).join(" · ")) : "")), position);
  }
  function draw() {
    const top = -body.getBoundingClientRect().top, last = Math.min(entries.length, Math.max(12, Math.ceil((top + innerHeight) / height) + 8));
    const firstPlace = Math.max(0, Math.min(last, Math.floor(top / height) - 8));
    for (const [place, element] of drawn) if ((place < firstPlace || place >= last) && !element.contains(document.activeElement)) { element.remove(); drawn.delete(place); }
    let before = body.firstChild;
    for (let place = firstPlace; place < last; place += 1) {
      while (before && Number(before.dataset.place) < place) before = before.nextSibling;
      if (drawn.has(place)) continue;
      const element = rowOf(entries[place], place);
      element.dataset.place = place;
      body.insertBefore(element, before);
      drawn.set(place, element);
    }
  }
  function refillTable() {
    chooseRows();
    height = matchMedia("(max-width: 36rem)").matches ? 126 : matchMedia("(max-width: 52rem)").matches ? 108 : 60;
    drawn.clear();
    body.replaceChildren();
    body.style.height = `${entries.length * height}px`;
    table.setAttribute("aria-rowcount", entries.length + 1);
    columns.forEach((column, index) => heads[index].setAttribute("aria-sort", shown.sort === column.name ? "ascending" : shown.sort === `-${column.name}` ? "descending" : "none"));
    byId("count").textContent = t("{shown} of {all}", { shown: number.format(matches.length), all: number.format(rows.length) });
    byId("nothing").hidden = matches.length > 0;
    for (const tile of document.querySelectorAll(".tile")) tile.classList.toggle("on", tile.getAttribute("href") === `#in=${shown.in}`);
    draw();
  }

  // --- one link ---
  const dialog = byId("detail");
  const copyButton = (label, text) => {
    const button = make("button", { type: "button" }, label);
    button.addEventListener("click", () => copy(button, text));
    return button;
  };
  async function copy(button, text) {
    const label = button.textContent;
    try { await navigator.clipboard.writeText(text); } catch { // a file has no clipboard in some browsers
      const field = make("textarea", { readonly: true }, text);
      button.after(field); field.select(); document.execCommand("copy"); field.remove();
    }
    button.textContent = t("Copied");
    setTimeout(() => { button.textContent = label; }, 1500);
  }
  const asMarkdown = (row) => `- [${nameOf(row).replace(/[[\]\\]/g, "\\$&")}](<${row[URL_].replace(/[<>]/g, encodeURIComponent)}>): ${data.states[row[STATE]][1]}, ${reasonOf(row)} (${row[PLACES].slice(0, 3).map(([page, line]) => `${data.pages[page]}:${line}`).join(", ")})`;
  const shell = (url) => /^[\w.\/:?=&%~+@,#-]+$/.test(url) && !/[?&#]/.test(url) ? url : `'${url.replaceAll("'", "'\\''")}'`;
  function pageOf(row) { // the path of a link's page on a site; a copy is on the page of its original
    const subject = row[MIRROR] && row[ORIGINAL] ? rows.find((other) => !other[MIRROR] && other[URL_] === row[ORIGINAL]) : row;
    if (!subject) return "";
    const host = data.hosts[subject[HOST]], safe = /^[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?$/.test(host);
    return `link/${safe ? host : "other"}/${subject[ID]}.html`;
  }
  const titled = (title, ...children) => [make("h3", {}, title), ...children];
  function historyBand(row) {
    return make("ol", { class: "band" }, row[SPANS].map(([verdict, reason, first, last, probes]) => {
      const word = data.verdicts[verdict][0], item = make("li", { title: data.reasons[reason][row[MIRROR] ? 2 : 1] }, make("i", { class: `fill-${word}` }), make("b", {}, data.verdicts[verdict][1]),
        make("small", {}, day(first) === day(last) ? day(first) : `${day(first)} – ${day(last)}`), make("small", {}, data.reasons[reason][row[MIRROR] ? 2 : 1]), make("small", {}, n("{number} check", "{number} checks", probes)));
      item.style.flexGrow = Math.sqrt(Math.max(1, last - first));
      return item;
    }));
  }
  function copies(row) {
    return make("ul", {}, row[MIRRORS].map((copy, index) => {
      const [, service, captured, distance, origin, mirrorState, reason, shown, spelling, rejected, missing, checked] = copy;
      const about = [data.services[service], captured ? t("captured {day}", { day: calendar(captured) }) : "", distance === null ? "" : n("{number} day from the access date", "{number} days from the access date", distance), data.origins[origin],
        reason < 0 || rejected ? "" : data.reasons[reason][2], shown ? t("shows another capture: {capture}", { capture: shown }) : "", data.spellings[spelling], rejected ? t("the copy does not show the page") : "", missing ? t("{missing} of {checked} images and style sheets missing", { missing, checked }) : ""].filter(Boolean).join(" · ");
      return make("li", {}, address(copyOf(row, copy)), " ", rejected ? make("span", { class: "state unsure" }, t("not usable")) : state(mirrorState), index === row[BEST] ? make("b", {}, ` ${t("best replacement")}`) : "", make("br"), make("small", { class: "quiet" }, about));
    }));
  }
  function othersOf(row) {
    return row[OTHERS].map(([kind, day, source]) => {
      if (kind === 2) return t("still listed by the site itself on {date}", { date: `${calendar(day)} (${source})` });
      const fields = { date: `${calendar(day)} (${data.services[source]})` };
      return kind ? t("served to others on {date}", fields) : t("not served to others either on {date}", fields);
    });
  }
  function proposals(row) {
    return make("ul", {}, row[PROPOSALS].map(([url, confidence, similarity, evidence]) => make("li", {}, address(url), make("br"), make("small", { class: "quiet" },
      [t("confidence {share}", { share: `${confidence}%` }), similarity === null ? "" : t("{share} of the old text found there", { share: `${similarity}%` }), ...evidence.map(([kind, detail]) => data.evidence[kind] + (detail ? ` (${detail})` : ""))].filter(Boolean).join(" · ")))));
  }
  function changedContent([mirror, remaining, since, passages]) {
    const differences = passages.map(([sign, text]) => make("li", { class: sign === "-" ? "removed" : "added" }, make("b", {}, sign === "-" ? "−" : "+"), ` ${text}`));
    return [make("p", {}, `${t("Archive copy of the cited text:")} `, address(mirror), make("br"), make("small", { class: "quiet" }, [t("only {share} of the cited text is still on the page", { share: `${remaining}%` }), t("change first detected {time}", { time: clock(since) })].join(" · "))),
      differences.length ? make("ul", { class: "passages" }, differences) : ""];
  }
  function unfixed(row) {
    const [places, count] = row[UNFIXED];
    return [make("ul", {}, places.map(([page, line, reason]) => make("li", {}, placeOf([page, line]), make("br"), make("small", { class: "quiet" }, data.unfixed[reason])))),
      count > places.length ? make("p", { class: "quiet" }, n("and {number} more citation", "and {number} more citations", count - places.length)) : ""];
  }
  function openDialog(row) {
    const times = [[t("failing since"), FAILED], [isFailing(row) ? t("in this state since") : t("since"), SINCE], [t("last seen alive"), SEEN], [t("last checked"), CHECKED], [t("next check after"), NEXT]].filter(([, index]) => row[TIMES][index]);
    const close = make("button", { class: "close", type: "button", "aria-label": t("Close") }, "×");
    close.addEventListener("click", () => dialog.close());
    dialog.replaceChildren(
      make("h2", { id: "detail-title" }, nameOf(row)), make("p", {}, address(row[URL_])),
      data.rows_url && pageOf(row) ? make("p", {}, make("a", { href: pageOf(row) }, t("All details"))) : "",
      make("p", {}, state(row[STATE]), ` ${reasonOf(row)}${row[DETAIL] ? ` (${row[DETAIL]})` : ""}${row[NOTE] ? `; ${row[NOTE]}` : ""}`, data.docs && row[REASON] >= 0 ? [" · ", make("a", { href: data.docs + data.reasons[row[REASON]][0], rel: "noreferrer" }, t("What does this mean?"))] : ""),
      othersOf(row).map((text) => make("p", {}, text)),
      row[ACKNOWLEDGED] ? make("p", {}, make("b", {}, row[ACKNOWLEDGED][0] ? t("acknowledged until {day}", { day: calendar(row[ACKNOWLEDGED][0]) }) : t("acknowledged")), row[ACKNOWLEDGED][1] ? `: ${row[ACKNOWLEDGED][1]}` : "") : "",
      row[REFUSED] ? make("p", {}, data.refusals[row[REFUSED][0]] + (row[REFUSED][1] ? ` (${row[REFUSED][1]})` : "") + t("; ") + data.kept[row[REFUSED][2]]) : "",
      make("p", { class: "acts" }, copyButton(t("Copy link to this view"), location.href), copyButton(t("Copy as Markdown"), asMarkdown(row)), row[REASON] < 0 ? "" : copyButton(t("Copy {command}", { command: "holdfast explain" }), `holdfast explain ${data.reasons[row[REASON]][0]}`), isFailing(row) && !row[ACKNOWLEDGED] ? copyButton(t("Copy {command}", { command: "holdfast ack" }), `holdfast ack ${shell(row[URL_])}`) : ""),
      row[FINAL] ? make("p", {}, `${t("Redirects to")} `, address(row[FINAL])) : "", row[ORIGINAL] ? make("p", {}, `${t("Archive copy of")} `, address(row[ORIGINAL])) : "",
      make("dl", {}, times.map(([title, index]) => [make("dt", {}, title), make("dd", {}, clock(row[TIMES][index]))]), row[FAILURES] ? [make("dt", {}, t("failures in a row")), make("dd", {}, number.format(row[FAILURES]))] : []),
      ...(row[PROPOSALS]?.length ? titled(t("Possibly moved"), proposals(row)) : []),
      ...(row[CHANGED_CONTENT] ? titled(t("Content changed"), ...changedContent(row[CHANGED_CONTENT])) : []),
      ...(row[UNFIXED] ? titled(t("Not fixed by {command}", { command: "holdfast fix" }), ...unfixed(row)) : []),
      ...(row[SPANS].length ? titled(t("Recent history"), historyBand(row)) : []),
      ...titled(t("Cited at"), make("ul", {}, row[PLACES].map((place) => make("li", {}, placeOf(place), place[3] ? ` “${place[3]}”` : "", place[4] ? make("span", { class: "quiet" }, ` ${t("accessed {day}", { day: calendar(place[4]) })}`) : "", place[5] ? [" ", address(place[5])] : []))), row[CITED] > row[PLACES].length ? make("p", { class: "quiet" }, n("and {number} more citation", "and {number} more citations", row[CITED] - row[PLACES].length)) : ""),
      ...(row[MIRRORS].length ? titled(row[MIRROR] ? t("Other archive copies of the same page") : t("Archive copies"), copies(row)) : row[MIRROR] ? [] : titled(t("Archive copies"), make("p", { class: "quiet" }, t("No archive copy known.")))),
      ...(row[REQUESTS].length ? titled(t("Requests of the last check"), make("ol", {}, row[REQUESTS].map(([method, url, result, elapsed]) => make("li", {}, make("code", {}, `${method} ${result}`), " ", address(url), make("span", { class: "quiet" }, ` ${t("{number} ms", { number: number.format(elapsed) })}`))))) : []),
      close,
    );
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  }
  dialog.addEventListener("close", () => { if (shown.link) { shown.link = ""; history.replaceState(null, "", fragment()); } });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // --- search and filters ---
  const counts = data.states.map(() => 0);
  for (const row of rows) counts[row[STATE]] += 1;
  const option = (value, text) => make("option", { value }, text);
  const listed = [...data.sections.slice(-data.filters), ...data.sections.slice(0, -data.filters)];
  byId("in").append(option("", t("all")), ...listed.map(([word, title]) => [word, title, rows.reduce((sum, row) => sum + has(row, word), 0)]).filter(([, , sum]) => sum).map(([word, title, sum]) => option(word, `${title} (${number.format(sum)})`)));
  byId("sort").append(...columns.map(({ name, title }) => option(name, title)));
  byId("by").append(option("", t("none")), option("page", t("page")), option("host", t("host")), option("reason", t("reason")));
  const used = new Set(rows.map((row) => row[REASON]));
  byId("reason").append(option("", t("any")), ...data.reasons.map(([word, title], index) => [index, option(word, title)]).filter(([index]) => used.has(index)).map(([, element]) => element));
  byId("states").append(...[...data.states.keys()].filter((index) => counts[index]).sort((a, b) => rank[a] - rank[b]).map((index) => make("label", { class: "chip" }, make("input", { type: "checkbox", value: data.states[index][0] }), state(index), make("small", {}, number.format(counts[index])))));
  const boxes = [...byId("states").querySelectorAll("input")];
  function showFilters() {
    byId("q").value = shown.q; byId("in").value = shown.in; byId("reason").value = shown.reason; byId("by").value = shown.by; byId("new").checked = shown.isNew; byId("sort").value = shown.sort.replace("-", "");
    for (const box of boxes) box.checked = shown.state.has(box.value);
    refillTable();
    const row = shown.link && rows.find((candidate) => candidate[URL_] === shown.link);
    if (row) openDialog(row); else if (dialog.open) dialog.close();
  }
  function change(changes) {
    Object.assign(shown, changes);
    history.replaceState(null, "", fragment());
    refillTable();
  }
  byId("q").addEventListener("input", (event) => change({ q: event.target.value }));
  byId("in").addEventListener("change", (event) => change({ in: event.target.value }));
  byId("reason").addEventListener("change", (event) => change({ reason: event.target.value }));
  byId("sort").addEventListener("change", (event) => change({ sort: event.target.value }));
  byId("by").addEventListener("change", (event) => change({ by: event.target.value }));
  byId("new").addEventListener("change", (event) => change({ isNew: event.target.checked }));
  byId("states").addEventListener("change", () => change({ state: new Set(boxes.filter((box) => box.checked).map((box) => box.value)) }));
  const form = document.querySelector(".tools");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => { event.preventDefault(); Object.assign(shown, { q: "", in: "", reason: "", by: "", state: new Set(), isNew: false, sort: "state" }); history.replaceState(null, "", fragment()); showFilters(); });
  table.addEventListener("click", (event) => {
    const { sort } = event.target.dataset;
    if (sort) change({ sort: shown.sort === sort ? `-${sort}` : sort });
  });
  // A click anywhere on a row or card opens its link, unless it is on a link or button, or text is selected.
  function openOnClick(event, href) {
    if (event.target.closest("a, button, summary") || String(getSelection())) return;
    location.hash = href;
  }
  body.addEventListener("click", (event) => {
    const name = event.target.closest('[role="row"]')?.querySelector(".name");
    if (name) openOnClick(event, name.getAttribute("href"));
  });
  for (const card of document.querySelectorAll(".card")) card.addEventListener("click", (event) => openOnClick(event, card.querySelector("h4 a").getAttribute("href")));
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button, button.dataset.copy));
  }
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || dialog.open || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    byId("q").focus();
    byId("q").scrollIntoView({ block: "center" });
  });
  const cell = (value) => { // with an apostrophe, so that no spreadsheet takes it for a formula
    const text = String(value).replace(/[\r\n]+/g, " ");
    return `"${(/^[=+\-@＝＋－＠\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  byId("export").addEventListener("click", () => {
    const titles = ["state", "reason", "url", "text", "page", "line", "since", "archive_copy"];
    const lines = matches.flatMap((index) => {
      const row = rows[index], best = row[BEST] < 0 ? "" : copyOf(row, row[MIRRORS][row[BEST]]);
      return row[PLACES].map(([page, line, , text]) => [data.states[row[STATE]][0], row[REASON] < 0 ? "" : data.reasons[row[REASON]][0], row[URL_], text, data.pages[page], line, sinceOf(row) ? day(sinceOf(row)) : "", best].map(cell).join(","));
    });
    const file = URL.createObjectURL(new Blob([[titles.join(","), ...lines, ""].join("\r\n")], { type: "text/csv" }));
    make("a", { href: file, download: "links.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(file), 10000);
  });

  // --- light or dark: as the system has it, until somebody chooses ---
  const themes = ["", "light", "dark"], themeNames = [t("Theme: system"), t("Theme: light"), t("Theme: dark")];
  const stored = () => { try { return localStorage.getItem("holdfast-theme") ?? ""; } catch { return ""; } };
  function setTheme(theme) {
    if (theme) document.documentElement.dataset.theme = theme; else delete document.documentElement.dataset.theme;
    byId("theme").textContent = themeNames[themes.indexOf(theme)] ?? themeNames[0];
    try { localStorage.setItem("holdfast-theme", theme); } catch { /* a browser may forbid it for files */ }
  }
  byId("theme").addEventListener("click", () => setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme ?? "") + 1) % 3]));
  byId("theme").hidden = false;
  setTheme(themes.includes(stored()) ? stored() : "");

  table.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], row = event.target.closest(".rows [role=row]");
    if (!step || !row) return;
    let place = Number(row.dataset.place) + step;
    if (drawn.get(place)?.classList.contains("group")) place += step;
    const next = drawn.get(place)?.querySelector(".name");
    if (next) { event.preventDefault(); next.focus(); }
  });
  addEventListener("hashchange", () => {
    const before = fragment({ link: "" });
    readFilters();
    showFilters();
    if (before !== fragment({ link: "" })) byId("links").scrollIntoView();
  });
  addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  addEventListener("resize", () => requestAnimationFrame(refillTable));
  let closed = [];
  addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")].filter((element) => !element.closest("figure")); for (const element of closed) element.open = true; drawn.clear(); body.replaceChildren(...entries.slice(0, MOST_PRINTED).map(rowOf)); if (entries.length > MOST_PRINTED) body.append(make("p", { class: "none" }, t("Only the first {number} rows are printed: filter the table, or export it.", { number: number.format(MOST_PRINTED) }))); });
  addEventListener("afterprint", () => { for (const element of closed) element.open = false; refillTable(); });

  byId("table").append(table, make("p", { class: "none", id: "nothing", hidden: true }, t("No matching links.")));
  byId("undrawn").remove();
  form.hidden = false;
  byId("table").hidden = false;
  readFilters();
  showFilters();
  document.documentElement.dataset.ready = "yes";
})();
