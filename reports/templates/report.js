"use strict";
(async () => {
  // The elements of a row, in the order in which reports/formats/html/rows.py writes them.
  const [URL_, MIRROR, HOST, STATE, REASON, DETAIL, NOTE, STATUS, FINAL, ORIGINAL, NEW, COVERAGE, SECTIONS, TIMES, FAILURES, PLACES, CITED, MIRRORS, BEST, SPANS, REQUESTS, ID, OTHERS, PROPOSALS, CHANGED_CONTENT, KNOWN, REFUSED, UNFIXED] = Array(28).keys(); // most rows end before the last five
  const [SINCE, FAILED, SEEN, CHECKED, NEXT] = Array(5).keys();
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = data.rows_url ? await (await fetch(data.rows_url)).json() : data.rows; // the index of a site fetches its rows
  const at = (id) => document.getElementById(id);
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

  // Times were written for the zone of whoever made the report: show them, as those of the table, in the reader's.
  const zoneOf = (d) => zone.formatToParts(d).find((part) => part.type === "timeZoneName").value;
  const toLocal = (text) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d/g, (written) => time(new Date(written.replace(/ /, "T").replace(" ", ""))));
  for (const element of document.querySelectorAll(".clock, .step")) {
    if (element.title) element.title = toLocal(element.title);
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) node.data = toLocal(node.data);
  }
  at("zone").textContent = t("Times are in {zone}.", { zone: zoneOf(new Date()) });

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
  function apart(row, captured) { // how long before or after the first access a copy was made
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
  let found = [], entries = []; // an entry is a row with the citation to show, or a group's title with its size

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    shown.q = asked.get("q") ?? "";
    shown.in = data.sections.some(([word]) => word === asked.get("in")) ? asked.get("in") : "";
    shown.reason = data.reasons.some(([word]) => word === asked.get("reason")) ? asked.get("reason") : "";
    shown.by = groupings[asked.get("by") ?? data.by] ? asked.get("by") ?? data.by : "";
    shown.state = new Set((asked.get("state") ?? "").split(",").filter((word) => data.states.some(([known]) => known === word)));
    shown.isNew = asked.get("new") === "1";
    shown.sort = columns.some((column) => column.name === (asked.get("sort") ?? "").replace("-", "")) ? asked.get("sort") : "state";
    shown.link = asked.get("link") ?? "";
  }
  function hash(changes = {}) {
    const now = { ...shown, ...changes }, asked = new URLSearchParams();
    if (now.q) asked.set("q", now.q);
    if (now.in) asked.set("in", now.in);
    if (now.reason) asked.set("reason", now.reason);
    if (now.by !== data.by) asked.set("by", now.by || "none");
    if (now.state.size) asked.set("state", [...now.state].join(","));
    if (now.isNew) asked.set("new", "1");
    if (now.sort !== "state") asked.set("sort", now.sort);
    if (now.link) asked.set("link", now.link);
    return `#${asked.toString().replaceAll("%2C", ",")}`;
  }
  function choose() {
    const words = shown.q.toLowerCase().split(/\s+/).filter(Boolean);
    const bit = shown.in ? 1 << data.sections.findIndex(([word]) => word === shown.in) : 0;
    const reason = data.reasons.findIndex(([word]) => word === shown.reason);
    const states = data.states.map(([word]) => !shown.state.size || shown.state.has(word));
    found = [];
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index];
      if (states[row[STATE]] && (!bit || row[SECTIONS] & bit) && (reason < 0 || row[REASON] === reason) && (!shown.isNew || row[NEW]) && words.every((word) => word.startsWith("host:") ? data.hosts[row[HOST]] === word.slice(5) : searchable[index].includes(word))) found.push(index);
    }
    const { order } = columns.find((column) => column.name === shown.sort.replace("-", "")), sign = shown.sort.startsWith("-") ? -1 : 1;
    found.sort((a, b) => sign * order(rows[a], rows[b]) || a - b);
    entries = shown.by ? grouped(groupings[shown.by]) : found.map((index) => ({ index, place: 0 }));
  }
  function grouped({ of, title }) {
    const groups = new Map();
    for (const index of found) for (const [key, place] of of(rows[index])) groups.has(key) ? groups.get(key).push({ index, place }) : groups.set(key, [{ index, place }]);
    const failing = ([, members]) => members.filter(({ index }) => rank[rows[index][STATE]] < 2).length; // broken, suspect
    const order = shown.by === "page" ? (a, b) => pageRank[a[0]] - pageRank[b[0]] : (a, b) => failing(b) - failing(a) || b[1].length - a[1].length || collator.compare(a[0], b[0]);
    return [...groups].sort(order).flatMap(([key, members]) => [{ title: title(key), size: members.length }, ...members]);
  }

  // --- the table: rows are created when they scroll into view ---
  const body = make("div", { class: "rows", role: "rowgroup" });
  const heads = columns.map((column) => make("div", { role: "columnheader" }, make("button", { type: "button", "data-sort": column.name }, column.title)));
  const table = make("div", { role: "table", "aria-labelledby": "every" }, make("div", { role: "rowgroup" }, make("div", { class: "columns", role: "row", "aria-rowindex": 1 }, heads)), body);
  const made = new Map();
  const MOST_PRINTED = 2000; // rows
  let height = 60;

  function headingOf({ title, size }, at) {
    return placed(make("div", { role: "row", class: "group", "aria-rowindex": at + 2 }, make("div", { role: "cell", "aria-colspan": columns.length }, make("b", { title }, `${title} `, make("small", {}, number.format(size))))), at);
  }
  function placed(element, at) {
    element.style.height = `${height}px`;
    element.style.top = `${at * height}px`;
    return element;
  }
  function rowOf(entry, at) {
    if (entry.title !== undefined) return headingOf(entry, at);
    const { index, place } = entry, row = rows[index], name = nameOf(row), best = row[BEST] < 0 ? null : row[MIRRORS][row[BEST]];
    const cell = (...children) => make("div", { role: "cell" }, children);
    const more = row[CITED] > 1 ? ` +${row[CITED] - 1}` : "";
    return placed(make("div", { role: "row", "aria-rowindex": at + 2 },
      cell(state(row[STATE]), make("small", {}, [row[NEW] ? t("new") : "", row[MIRROR] ? t("archive copy") : "", has(row, "settled") ? t("nothing to do") : ""].filter(Boolean).join(" · "))),
      cell(make("a", { class: "name", href: hash({ link: row[URL_] }), "data-row": index, title: name }, name), make("small", { title: row[URL_] }, name === row[URL_] ? reasonOf(row) : row[URL_])),
      cell(placeOf(row[PLACES][place], true), more ? make("small", {}, n("and {number} more citation", "and {number} more citations", row[CITED] - 1)) : ""),
      cell(make("span", {}, day(sinceOf(row)))),
      make("div", { role: "cell", "data-label": best ? null : `${t("Archive copy")} ` }, make("span", {}, best ? (best[2] ? t("copy of {day}", { day: calendar(best[2]) }) : t("copy, day unknown")) : row[MIRROR] ? "–" : data.coverage[row[COVERAGE]]), best ? make("small", {}, [data.services[best[1]], apart(row, best[2])].filter(Boolean).join(" · ")) : "")), at);
  }
  function draw() {
    const top = -body.getBoundingClientRect().top, last = Math.min(entries.length, Math.max(12, Math.ceil((top + innerHeight) / height) + 8));
    const firstPlace = Math.max(0, Math.min(last, Math.floor(top / height) - 8));
    for (const [place, element] of made) if ((place < firstPlace || place >= last) && !element.contains(document.activeElement)) { element.remove(); made.delete(place); }
    let before = body.firstChild;
    for (let place = firstPlace; place < last; place += 1) {
      while (before && Number(before.dataset.place) < place) before = before.nextSibling;
      if (made.has(place)) continue;
      const element = rowOf(entries[place], place);
      element.dataset.place = place;
      body.insertBefore(element, before);
      made.set(place, element);
    }
  }
  function refill() {
    choose();
    height = matchMedia("(max-width: 36rem)").matches ? 126 : matchMedia("(max-width: 52rem)").matches ? 108 : 60;
    made.clear();
    body.replaceChildren();
    body.style.height = `${entries.length * height}px`;
    table.setAttribute("aria-rowcount", entries.length + 1);
    columns.forEach((column, index) => heads[index].setAttribute("aria-sort", shown.sort === column.name ? "ascending" : shown.sort === `-${column.name}` ? "descending" : "none"));
    at("count").textContent = t("{shown} of {all}", { shown: number.format(found.length), all: number.format(rows.length) });
    at("nothing").hidden = found.length > 0;
    for (const tile of document.querySelectorAll(".tile")) tile.classList.toggle("on", tile.getAttribute("href") === `#in=${shown.in}`);
    draw();
  }

  // --- one link ---
  const dialog = at("detail");
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
  function pageOf(row) { // on a site; a copy is on the page of its original
    const subject = row[MIRROR] && row[ORIGINAL] ? rows.find((other) => !other[MIRROR] && other[URL_] === row[ORIGINAL]) : row;
    if (!subject) return "";
    const host = data.hosts[subject[HOST]], safe = /^[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?$/.test(host);
    return `link/${safe ? host : "other"}/${subject[ID]}.html`;
  }
  const titled = (title, ...children) => [make("h3", {}, title), ...children];
  function band(row) {
    return make("ol", { class: "band" }, row[SPANS].map(([verdict, reason, first, last, probes]) => {
      const word = data.verdicts[verdict][0], item = make("li", { title: data.reasons[reason][row[MIRROR] ? 2 : 1] }, make("i", { class: `fill-${word}` }), make("b", {}, data.verdicts[verdict][1]),
        make("small", {}, day(first) === day(last) ? day(first) : `${day(first)} – ${day(last)}`), make("small", {}, data.reasons[reason][row[MIRROR] ? 2 : 1]), make("small", {}, n("{number} check", "{number} checks", probes)));
      item.style.flexGrow = Math.sqrt(Math.max(1, last - first));
      return item;
    }));
  }
  function copies(row) {
    return make("ul", {}, row[MIRRORS].map((copy, index) => {
      const [, service, captured, distance, origin, mirrorState, reason, shown, spelling, missing, checked] = copy;
      const about = [data.services[service], captured ? t("captured {day}", { day: calendar(captured) }) : "", distance === null ? "" : n("{number} day from the access date", "{number} days from the access date", distance), data.origins[origin],
        reason < 0 ? "" : data.reasons[reason][2], shown ? t("shows another capture: {capture}", { capture: shown }) : "", data.spellings[spelling], missing ? t("{missing} of {checked} images and style sheets missing", { missing, checked }) : ""].filter(Boolean).join(" · ");
      return make("li", {}, address(copyOf(row, copy)), " ", state(mirrorState), index === row[BEST] ? make("b", {}, ` ${t("best replacement")}`) : "", make("br"), make("small", { class: "quiet" }, about));
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
  function open(row) {
    const times = [[t("failing since"), FAILED], [isFailing(row) ? t("in this state since") : t("since"), SINCE], [t("last seen alive"), SEEN], [t("last checked"), CHECKED], [t("next check after"), NEXT]].filter(([, index]) => row[TIMES][index]);
    const close = make("button", { class: "close", type: "button", "aria-label": t("Close") }, "×");
    close.addEventListener("click", () => dialog.close());
    dialog.replaceChildren(
      make("h2", { id: "detail-title" }, nameOf(row)), make("p", {}, address(row[URL_])),
      data.rows_url && pageOf(row) ? make("p", {}, make("a", { href: pageOf(row) }, t("All details"))) : "",
      make("p", {}, state(row[STATE]), ` ${reasonOf(row)}${row[DETAIL] ? ` (${row[DETAIL]})` : ""}${row[NOTE] ? `; ${row[NOTE]}` : ""}`, data.docs && row[REASON] >= 0 ? [" · ", make("a", { href: data.docs + data.reasons[row[REASON]][0], rel: "noreferrer" }, t("What does this mean?"))] : ""),
      othersOf(row).map((text) => make("p", {}, text)),
      row[KNOWN] ? make("p", {}, make("b", {}, row[KNOWN][0] ? t("acknowledged until {day}", { day: calendar(row[KNOWN][0]) }) : t("acknowledged")), row[KNOWN][1] ? `: ${row[KNOWN][1]}` : "") : "",
      row[REFUSED] ? make("p", {}, data.refusals[row[REFUSED][0]] + (row[REFUSED][1] ? ` (${row[REFUSED][1]})` : "") + t("; ") + data.kept[row[REFUSED][2]]) : "",
      make("p", { class: "acts" }, copyButton(t("Copy link to this view"), location.href), copyButton(t("Copy as Markdown"), asMarkdown(row)), row[REASON] < 0 ? "" : copyButton(t("Copy {command}", { command: "holdfast explain" }), `holdfast explain ${data.reasons[row[REASON]][0]}`), isFailing(row) && !row[KNOWN] ? copyButton(t("Copy {command}", { command: "holdfast ack" }), `holdfast ack ${shell(row[URL_])}`) : ""),
      row[FINAL] ? make("p", {}, `${t("Redirects to")} `, address(row[FINAL])) : "", row[ORIGINAL] ? make("p", {}, `${t("Archive copy of")} `, address(row[ORIGINAL])) : "",
      make("dl", {}, times.map(([title, index]) => [make("dt", {}, title), make("dd", {}, clock(row[TIMES][index]))]), row[FAILURES] ? [make("dt", {}, t("failures in a row")), make("dd", {}, number.format(row[FAILURES]))] : []),
      ...(row[PROPOSALS]?.length ? titled(t("Possibly moved"), proposals(row)) : []),
      ...(row[CHANGED_CONTENT] ? titled(t("Content changed"), ...changedContent(row[CHANGED_CONTENT])) : []),
      ...(row[UNFIXED] ? titled(t("Not fixed by {command}", { command: "holdfast fix" }), ...unfixed(row)) : []),
      ...(row[SPANS].length ? titled(t("Recent history"), band(row)) : []),
      ...titled(t("Cited at"), make("ul", {}, row[PLACES].map((place) => make("li", {}, placeOf(place), place[3] ? ` “${place[3]}”` : "", place[4] ? make("span", { class: "quiet" }, ` ${t("accessed {day}", { day: calendar(place[4]) })}`) : "", place[5] ? [" ", address(place[5])] : []))), row[CITED] > row[PLACES].length ? make("p", { class: "quiet" }, n("and {number} more citation", "and {number} more citations", row[CITED] - row[PLACES].length)) : ""),
      ...(row[MIRRORS].length ? titled(row[MIRROR] ? t("Other archive copies of the same page") : t("Archive copies"), copies(row)) : row[MIRROR] ? [] : titled(t("Archive copies"), make("p", { class: "quiet" }, t("No archive copy known.")))),
      ...(row[REQUESTS].length ? titled(t("Requests of the last check"), make("ol", {}, row[REQUESTS].map(([method, url, result, elapsed]) => make("li", {}, make("code", {}, `${method} ${result}`), " ", address(url), make("span", { class: "quiet" }, ` ${t("{number} ms", { number: number.format(elapsed) })}`))))) : []),
      close,
    );
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  }
  dialog.addEventListener("close", () => { if (shown.link) { shown.link = ""; history.replaceState(null, "", hash()); } });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // --- search and filters ---
  const counts = data.states.map(() => 0);
  for (const row of rows) counts[row[STATE]] += 1;
  const option = (value, text) => make("option", { value }, text);
  const listed = [...data.sections.slice(-data.filters), ...data.sections.slice(0, -data.filters)];
  at("in").append(option("", t("all")), ...listed.map(([word, title]) => [word, title, rows.reduce((sum, row) => sum + has(row, word), 0)]).filter(([, , sum]) => sum).map(([word, title, sum]) => option(word, `${title} (${number.format(sum)})`)));
  at("sort").append(...columns.map(({ name, title }) => option(name, title)));
  at("by").append(option("", t("none")), option("page", t("page")), option("host", t("host")), option("reason", t("reason")));
  const used = new Set(rows.map((row) => row[REASON]));
  at("reason").append(option("", t("any")), ...data.reasons.map(([word, title], index) => [index, option(word, title)]).filter(([index]) => used.has(index)).map(([, element]) => element));
  at("states").append(...[...data.states.keys()].filter((index) => counts[index]).sort((a, b) => rank[a] - rank[b]).map((index) => make("label", { class: "chip" }, make("input", { type: "checkbox", value: data.states[index][0] }), state(index), make("small", {}, number.format(counts[index])))));
  const boxes = [...at("states").querySelectorAll("input")];
  function show() {
    at("q").value = shown.q; at("in").value = shown.in; at("reason").value = shown.reason; at("by").value = shown.by; at("new").checked = shown.isNew; at("sort").value = shown.sort.replace("-", "");
    for (const box of boxes) box.checked = shown.state.has(box.value);
    refill();
    const row = shown.link && rows.find((candidate) => candidate[URL_] === shown.link);
    if (row) open(row); else if (dialog.open) dialog.close();
  }
  function change(changes) {
    Object.assign(shown, changes);
    history.replaceState(null, "", hash());
    refill();
  }
  at("q").addEventListener("input", (event) => change({ q: event.target.value }));
  at("in").addEventListener("change", (event) => change({ in: event.target.value }));
  at("reason").addEventListener("change", (event) => change({ reason: event.target.value }));
  at("sort").addEventListener("change", (event) => change({ sort: event.target.value }));
  at("by").addEventListener("change", (event) => change({ by: event.target.value }));
  at("new").addEventListener("change", (event) => change({ isNew: event.target.checked }));
  at("states").addEventListener("change", () => change({ state: new Set(boxes.filter((box) => box.checked).map((box) => box.value)) }));
  const form = document.querySelector(".tools");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => { event.preventDefault(); Object.assign(shown, { q: "", in: "", reason: "", by: "", state: new Set(), isNew: false, sort: "state" }); history.replaceState(null, "", hash()); show(); });
  table.addEventListener("click", (event) => {
    const { sort } = event.target.dataset;
    if (sort) change({ sort: shown.sort === sort ? `-${sort}` : sort });
  });
  // A click anywhere on a row or card opens it, but on a link or while text is selected.
  function opens(event, href) {
    if (event.target.closest("a, button, summary") || String(getSelection())) return;
    location.hash = href;
  }
  body.addEventListener("click", (event) => {
    const name = event.target.closest('[role="row"]')?.querySelector(".name");
    if (name) opens(event, name.getAttribute("href"));
  });
  for (const card of document.querySelectorAll(".card")) card.addEventListener("click", (event) => opens(event, card.querySelector("h4 a").getAttribute("href")));
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button, button.dataset.copy));
  }
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || dialog.open || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    at("q").focus();
    at("q").scrollIntoView({ block: "center" });
  });
  const cell = (value) => { // no spreadsheet takes it for a formula
    const text = String(value).replace(/[\r\n]+/g, " ");
    return `"${(/^[=+\-@＝＋－＠\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  at("export").addEventListener("click", () => {
    const titles = ["state", "reason", "url", "text", "page", "line", "since", "archive_copy"];
    const lines = found.flatMap((index) => {
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
    at("theme").textContent = themeNames[themes.indexOf(theme)] ?? themeNames[0];
    try { localStorage.setItem("holdfast-theme", theme); } catch { /* a browser may forbid it for files */ }
  }
  at("theme").addEventListener("click", () => setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme ?? "") + 1) % 3]));
  at("theme").hidden = false;
  setTheme(themes.includes(stored()) ? stored() : "");

  table.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], row = event.target.closest(".rows [role=row]");
    if (!step || !row) return;
    let place = Number(row.dataset.place) + step;
    if (made.get(place)?.classList.contains("group")) place += step;
    const next = made.get(place)?.querySelector(".name");
    if (next) { event.preventDefault(); next.focus(); }
  });
  addEventListener("hashchange", () => {
    const before = hash({ link: "" });
    read();
    show();
    if (before !== hash({ link: "" })) at("links").scrollIntoView();
  });
  addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  addEventListener("resize", () => requestAnimationFrame(refill));
  let closed = [];
  addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")].filter((element) => !element.closest("figure")); for (const element of closed) element.open = true; made.clear(); body.replaceChildren(...entries.slice(0, MOST_PRINTED).map(rowOf)); if (entries.length > MOST_PRINTED) body.append(make("p", { class: "none" }, t("Only the first {number} rows are printed: filter the table, or export it.", { number: number.format(MOST_PRINTED) }))); });
  addEventListener("afterprint", () => { for (const element of closed) element.open = false; refill(); });

  at("table").append(table, make("p", { class: "none", id: "nothing", hidden: true }, t("No matching links.")));
  at("undrawn").remove();
  form.hidden = false;
  at("table").hidden = false;
  read();
  show();
  document.documentElement.dataset.ready = "yes";
})();
