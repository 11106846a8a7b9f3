// The parts of the dialog about one link.

const titled = (title, ...children) => [make("h3", {}, title), ...children];
const paragraph = (...children) => make("p", {}, children);
const quiet = (...children) => make("small", { class: "quiet" }, children);
const list = (items) => make("ul", {}, items);
const moreCitations = (count) =>
  make(
    "p",
    { class: "quiet" },
    n("and {number} more citation", "and {number} more citations", count),
  );

function historyBand(row) {
  const label = row[MIRROR] ? 2 : 1;
  return make(
    "ol",
    { class: "band" },
    row[SPANS].map(([verdict, reason, first, last, probes]) => {
      const [word, verdictLabel] = data.verdicts[verdict],
        reasonLabel = data.reasons[reason][label];
      const days = [...new Set([localDay(first), localDay(last)])].join(" – ");
      const item = make(
        "li",
        { title: reasonLabel },
        make("i", { class: `fill-${word}` }),
        make("b", {}, verdictLabel),
        [days, reasonLabel, n("{number} check", "{number} checks", probes)].map((text) =>
          make("small", {}, text),
        ),
      );
      item.style.flexGrow = Math.sqrt(Math.max(1, last - first));
      return item;
    }),
  );
}

function aboutCopy(copy) {
  const day = copy[COPY_DAY],
    distance = copy[DAYS_FROM_ACCESS],
    isReasonShown = copy[COPY_REASON] >= 0 && !copy[REJECTED];
  return [
    data.services[copy[COPY_SERVICE]],
    day ? t("captured {day}", { day: isoDay(day) }) : "",
    distance === null
      ? ""
      : n("{number} day from the access date", "{number} days from the access date", distance),
    data.origins[copy[COPY_ORIGIN]],
    isReasonShown ? data.reasons[copy[COPY_REASON]][2] : "",
    copy[SHOWN_CAPTURE]
      ? t("shows another capture: {capture}", { capture: copy[SHOWN_CAPTURE] })
      : "",
    data.spellings[copy[COPY_SPELLING]],
    copy[REJECTED] ? t("the copy does not show the page") : "",
    copy[PARTS_MISSING]
      ? t("{missing} of {checked} images and style sheets missing", {
          missing: copy[PARTS_MISSING],
          checked: copy[PARTS_CHECKED],
        })
      : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

function copies(row) {
  return list(
    row[MIRRORS].map((copy, index) => {
      const usability = copy[REJECTED]
        ? make("span", { class: "state unsure" }, t("not usable"))
        : state(copy[COPY_STATE]);
      const best = index === row[BEST_MIRROR] ? make("b", {}, ` ${t("best replacement")}`) : "";
      return make(
        "li",
        {},
        urlElement(copyUrl(row, copy)),
        " ",
        usability,
        best,
        make("br"),
        quiet(aboutCopy(copy)),
      );
    }),
  );
}

function copiesSection(row) {
  if (row[MIRRORS].length)
    return titled(
      row[MIRROR] ? t("Other archive copies of the same page") : t("Archive copies"),
      copies(row),
    );
  return row[MIRROR]
    ? []
    : titled(t("Archive copies"), make("p", { class: "quiet" }, t("No archive copy known.")));
}

function seenByOthers(row) {
  return row[SEEN_BY_OTHERS].map(([kind, day, source]) => {
    if (kind === 2)
      return t("still listed by the site itself on {date}", {
        date: `${isoDay(day)} (${source})`,
      });
    const fields = { date: `${isoDay(day)} (${data.services[source]})` };
    return kind
      ? t("served to others on {date}", fields)
      : t("not served to others either on {date}", fields);
  });
}

function proposals(row) {
  return list(
    row[PROPOSALS].map(([url, confidence, similarity, evidence]) => {
      const about = [
        t("confidence {share}", { share: `${confidence}%` }),
        similarity === null
          ? ""
          : t("{share} of the old text found there", { share: `${similarity}%` }),
        ...evidence.map(([kind, detail]) => data.evidence[kind] + (detail ? ` (${detail})` : "")),
      ];
      return make("li", {}, urlElement(url), make("br"), quiet(about.filter(Boolean).join(" · ")));
    }),
  );
}

function changedContent([mirror, remaining, since, passages]) {
  const about = [
    t("only {share} of the cited text is still on the page", { share: `${remaining}%` }),
    t("change first detected {time}", { time: localTime(since) }),
  ];
  const differences = passages.map(([sign, text]) => {
    const isRemoved = sign === "-";
    return make(
      "li",
      { class: isRemoved ? "removed" : "added" },
      make("b", {}, isRemoved ? "−" : "+"),
      ` ${text}`,
    );
  });
  return [
    paragraph(
      `${t("Archive copy of the cited text:")} `,
      urlElement(mirror),
      make("br"),
      quiet(about.join(" · ")),
    ),
    differences.length ? make("ul", { class: "passages" }, differences) : "",
  ];
}

function unfixed([places, count]) {
  return [
    list(
      places.map(([page, line, reason]) =>
        make("li", {}, placeElement([page, line]), make("br"), quiet(data.unfixed[reason])),
      ),
    ),
    count > places.length ? moreCitations(count - places.length) : "",
  ];
}

function citedAt(row) {
  const items = row[PLACES].map((place) => {
    const accessed = place[ACCESSED];
    return make(
      "li",
      {},
      placeElement(place),
      place[TEXT] ? ` “${place[TEXT]}”` : "",
      accessed
        ? make("span", { class: "quiet" }, ` ${t("accessed {day}", { day: isoDay(accessed) })}`)
        : "",
      place[CITED_URL] ? [" ", urlElement(place[CITED_URL])] : [],
    );
  });
  const rest = row[CITATION_COUNT] - row[PLACES].length;
  return [list(items), rest > 0 ? moreCitations(rest) : ""];
}

function requests(row) {
  return make(
    "ol",
    {},
    row[REQUESTS].map(([method, url, result, elapsed]) => {
      const duration = ` ${t("{number} ms", { number: number.format(elapsed) })}`;
      return make(
        "li",
        {},
        make("code", {}, `${method} ${result}`),
        " ",
        urlElement(url),
        make("span", { class: "quiet" }, duration),
      );
    }),
  );
}
