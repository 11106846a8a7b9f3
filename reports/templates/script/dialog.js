// The dialog with everything about one link.

const dialog = byId("detail");
const copyButton = (label, text) => {
  const button = make("button", { type: "button" }, label);
  button.addEventListener("click", () => copy(button, text));
  return button;
};
async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // a file has no clipboard in some browsers
    const field = make("textarea", { readonly: true }, text);
    button.after(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  button.textContent = t("Copied");
  setTimeout(() => {
    button.textContent = label;
  }, 1500);
}
function asMarkdown(row) {
  const name = linkName(row).replace(/[[\]\\]/g, "\\$&"),
    url = row[LINK_URL].replace(/[<>]/g, encodeURIComponent);
  const places = row[PLACES].slice(0, 3).map(([page, line]) => `${data.pages[page]}:${line}`);
  const about = `${data.states[row[STATE]][1]}, ${reasonOf(row)} (${places.join(", ")})`;
  return `- [${name}](<${url}>): ${about}`;
}
// A URL as one word of a POSIX shell, in quotes if it has characters with a meaning there.
const shellQuoted = (url) =>
  /^[\w.\/:=%~+@,-]+$/.test(url) ? url : `'${url.replaceAll("'", "'\\''")}'`;
// The path of a link's page on a site, "" if it has none; a copy is on the page of its original.
// `reports/site/paths.py` builds the same paths.
function sitePagePath(row) {
  const subject =
    row[MIRROR] && row[ORIGINAL]
      ? rows.find((other) => !other[MIRROR] && other[LINK_URL] === row[ORIGINAL])
      : row;
  if (!subject) return "";
  const host = data.hosts[subject[HOST]],
    safe = /^[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?$/.test(host);
  return `link/${safe ? host : "other"}/${subject[ID]}.html`;
}
function stateLine(row) {
  const detail = row[DETAIL] ? ` (${row[DETAIL]})` : "",
    note = row[NOTE] ? `; ${row[NOTE]}` : "";
  const line = paragraph(state(row[STATE]), ` ${reasonOf(row)}${detail}${note}`);
  if (data.docs && row[REASON] >= 0) {
    const href = data.docs + data.reasons[row[REASON]][0];
    line.append(" · ", make("a", { href, rel: "noreferrer" }, t("What does this mean?")));
  }
  return line;
}

function acknowledgement([until, note]) {
  const text = until ? t("acknowledged until {day}", { day: isoDay(until) }) : t("acknowledged");
  return paragraph(make("b", {}, text), note ? `: ${note}` : "");
}

function refusal([kind, detail, kept]) {
  return paragraph(
    data.refusals[kind] + (detail ? ` (${detail})` : "") + t("; ") + data.kept[kept],
  );
}

function actions(row) {
  const command = (name, argument) =>
    copyButton(t("Copy {command}", { command: name }), `${name} ${argument}`);
  return make(
    "p",
    { class: "acts" },
    copyButton(t("Copy link to this view"), location.href),
    copyButton(t("Copy as Markdown"), asMarkdown(row)),
    row[REASON] < 0 ? "" : command("holdfast explain", data.reasons[row[REASON]][0]),
    isFailing(row) && !row[ACKNOWLEDGED] ? command("holdfast ack", shellQuoted(row[LINK_URL])) : "",
  );
}

function times(row) {
  const titles = [
    [t("failing since"), FIRST_FAILED],
    [isFailing(row) ? t("in this state since") : t("since"), STATE_SINCE],
    [t("last seen alive"), LAST_ALIVE],
    [t("last checked"), LAST_CHECKED],
    [t("next check after"), NEXT_CHECK],
  ];
  const entries = titles
    .filter(([, index]) => row[TIMES][index])
    .map(([title, index]) => [title, localTime(row[TIMES][index])]);
  if (row[FAILURES]) entries.push([t("failures in a row"), number.format(row[FAILURES])]);
  return make(
    "dl",
    {},
    entries.map(([title, text]) => [make("dt", {}, title), make("dd", {}, text)]),
  );
}

function closeButton() {
  const close = make("button", { class: "close", type: "button", "aria-label": t("Close") }, "×");
  close.addEventListener("click", () => dialog.close());
  return close;
}

function openDialog(row) {
  const link = data.rows_url && sitePagePath(row);
  dialog.replaceChildren(
    make("h2", { id: "detail-title" }, linkName(row)),
    paragraph(urlElement(row[LINK_URL])),
    link ? paragraph(make("a", { href: link }, t("All details"))) : "",
    stateLine(row),
    ...seenByOthers(row).map((text) => paragraph(text)),
    row[ACKNOWLEDGED] ? acknowledgement(row[ACKNOWLEDGED]) : "",
    row[REFUSED] ? refusal(row[REFUSED]) : "",
    actions(row),
    row[FINAL_URL] ? paragraph(`${t("Redirects to")} `, urlElement(row[FINAL_URL])) : "",
    row[ORIGINAL] ? paragraph(`${t("Archive copy of")} `, urlElement(row[ORIGINAL])) : "",
    times(row),
    ...(row[PROPOSALS]?.length ? titled(t("Possibly moved"), proposals(row)) : []),
    ...(row[CHANGED_CONTENT]
      ? titled(t("Content changed"), ...changedContent(row[CHANGED_CONTENT]))
      : []),
    ...(row[UNFIXED]
      ? titled(t("Not fixed by {command}", { command: "holdfast fix" }), ...unfixed(row[UNFIXED]))
      : []),
    ...(row[SPANS].length ? titled(t("Recent history"), historyBand(row)) : []),
    ...titled(t("Cited at"), ...citedAt(row)),
    ...copiesSection(row),
    ...(row[REQUESTS].length ? titled(t("Requests of the last check"), requests(row)) : []),
    closeButton(),
  );
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

dialog.addEventListener("close", () => {
  if (shown.link) {
    shown.link = "";
    history.replaceState(null, "", fragment());
  }
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
