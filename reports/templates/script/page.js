// The keyboard, the address, scrolling and printing; at last, the table is shown.

table.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key],
    row = event.target.closest(".rows [role=row]");
  if (!step || !row) return;
  let position = Number(row.dataset.position) + step;
  if (drawn.get(position)?.classList.contains("group")) position += step;
  const next = drawn.get(position)?.querySelector(".name");
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
addEventListener("hashchange", () => {
  const before = fragment({ link: "" });
  readFilters();
  showFilters();
  if (before !== fragment({ link: "" })) byId("links").scrollIntoView();
});
addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
addEventListener("resize", () => requestAnimationFrame(refillTable));
let closed = []; // the elements that are opened for printing only
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")].filter(
    (element) => !element.closest("figure"),
  );
  for (const element of closed) element.open = true;
  drawn.clear();
  body.replaceChildren(...entries.slice(0, MOST_PRINTED).map(rowOf));
  if (entries.length > MOST_PRINTED)
    body.append(
      make(
        "p",
        { class: "none" },
        t("Only the first {number} rows are printed: filter the table, or export it.", {
          number: number.format(MOST_PRINTED),
        }),
      ),
    );
});
addEventListener("afterprint", () => {
  for (const element of closed) element.open = false;
  refillTable();
});

byId("table").append(
  table,
  make("p", { class: "none", id: "nothing", hidden: true }, t("No matching links.")),
);
byId("undrawn").remove();
form.hidden = false;
byId("table").hidden = false;
readFilters();
showFilters();
document.documentElement.dataset.ready = "yes";
