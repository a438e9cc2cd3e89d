/* A table of everything drawn: the chart as text, and what the CSV holds. */
(() => {
  const { h } = og;
  const PAGE = 200;
  let shown = PAGE;
  og.HEADINGS = ["Relation", "From", "What", "To", "Valid from", "Valid to", "Source", "Recorded in"];
  /* Rows of the lines that are drawn now, one each, with the fields of `HEADINGS`. */
  og.tableRows = () => og.drawn.edges.flatMap((edge) => edge.rows).map((id) => {
    const r = og.row(id);
    return [r.relation, og.name(r.first), r.label, r.second ? og.name(r.second) : "", r.start || "", r.end || "", r.source || "", og.state.client ? "" : r.place];
  });
  const boxes = () => [...og.drawn.nodes].map((id) => og.nodes.get(id)).flatMap((node) => node.og.members ? node.og.members.map((id) => og.nodes.get(id)) : [node]);
  og.boxRows = () => boxes().map((node) => [node.og.name, (node.og.facts || []).find(([label]) => label === "Kind")?.[1] || "", (node.og.states || []).join(" "), node.og.licensed ? "licensed" : "", node.og.hidden ? "owners not all listed" : ""]);
  const table = (caption, headings, rows) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, h("table", null, h("caption", null, caption), h("thead", null, h("tr", null, headings.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", null, rows.slice(0, shown).map((row) => h("tr", null, row.map((cell) => h("td", { dir: "auto" }, cell)))))));
  og.drawer("table", () => {
    const rows = og.tableRows();
    const parties = og.boxRows();
    return [
      h("p", { class: "small" }, `${og.plural(parties.length, "party", "parties")} and ${og.plural(rows.length, "relation")} are drawn now.`),
      h("button", { type: "button", onclick: og.saveCsv }, "Save as CSV"),
      table("Parties", ["Name", "Kind", "States", "License", "Owners"], parties),
      table("Relations", og.HEADINGS, rows),
      Math.max(rows.length, parties.length) > shown ? h("button", { type: "button", class: "more", onclick: () => { shown += 1000; og.render("table"); } }, `Show more (${Math.max(rows.length, parties.length) - shown} left)`) : null,
    ];
  });
  og.onChange((what) => {
    if (og.tab === "table" && what !== "theme") og.render("table");
  });
})();
