/* One box or one line on its own: what is recorded, who is above and below, results about it. */
(() => {
  const { h, who, data } = og;
  const { field, card, control } = og.detailOf;
  let picked = null;

  const row = (id, end) => {
    const r = og.row(id);
    const out = og.standingRows({ og: { rows: [id] } }).length === 0;
    return h("li", { class: out ? "past" : null }, who(r[end]), h("div", { class: "small", dir: "auto" }, `${r.label}${r.start || r.end ? ` (${r.start || "always"} to ${r.end || "now"})` : ""}${out ? ", not on this day" : ""}`), h("div", { class: "small faint", dir: "auto" }, og.recorded(id)));
  };
  /* Why a point of the checklist is not "yes": the results that answer it. */
  const reasons = (practice, state, answer, because) => answer === "yes" ? null : because.map((code) => {
    const found = og.results.find((result) => result.rule === code && (result.state || "") === state && result.parties.some(([, one]) => one === practice));
    return h("div", { class: "small" }, found ? h("button", { type: "button", class: "link", onclick: () => { og.show("results"); og.choose(found.id); } }, `${code}: ${found.title}`) : code);
  });
  const MOST = 40;
  const side = (label, edges, end) => {
    const rows = edges.flatMap((edge) => edge.og.rows);
    return rows.length ? field(`${label} (${rows.length})`, h("ul", { class: "plain" }, rows.slice(0, MOST).map((id) => row(id, end)), rows.length > MOST ? h("li", { class: "small" }, `and ${rows.length - MOST} more in the table`) : null)) : null;
  };
  const boxOf = (id) => {
    const node = og.nodes.get(id);
    const edges = [...og.edges.values()];
    const groups = Object.entries(data.groups);
    const out = [h("h3", { dir: "auto" }, node.og.name)];
    if (node.og.members) {
      out.push(h("button", { type: "button", onclick: () => og.unfold(id) }, "Open the fold"), h("ul", { class: "plain" }, node.og.members.map((member) => h("li", null, who(member)))));
      return out;
    }
    out.push(h("p", { class: "buttons" },
      h("button", { type: "button", onclick: () => og.focusOn(id, "up") }, "Upstream only"), h("button", { type: "button", onclick: () => og.focusOn(id, "down") }, "Downstream only"), h("button", { type: "button", onclick: () => og.focusOn(id, "both") }, "Both"),
      node.og.fold && og.state.open.has(node.og.fold) ? h("button", { type: "button", onclick: () => og.refold(node.og.fold) }, "Close its fold") : null));
    if (node.og.hidden) out.push(h("p", { class: "note" }, "Owners are not all listed: somebody who is not listed may hold the rest."));
    if (node.og.licensed) out.push(h("p", { class: "small" }, `Licensed: ${node.og.caption}.`));
    for (const answer of data.controls || []) if (answer.practice === id) out.push(field("Who controls it", control(answer, true, true)));
    const mine = (data.controls || []).filter((answer) => answer.by.some((by) => by.who === id));
    if (mine.length) out.push(field(`Controls or may control (${mine.length})`, h("ul", { class: "plain" }, mine.slice(0, MOST).map((answer) => h("li", null, who(answer.practice), ` (${answer.state}), ${answer.by.find((by) => by.who === id).certain ? "certain" : "possible"}`)))));
    for (const [group, label] of groups) {
      out.push(side(`${label}: to it`, edges.filter((edge) => edge.to === id && edge.og.group === group), "first"), side(`${label}: from it`, edges.filter((edge) => edge.from === id && edge.og.group === group), "second"));
    }
    const checks = (data.checklist || []).filter(([practice]) => practice === id);
    if (checks.length) out.push(field("Checklist", h("table", { class: "checks" }, h("tbody", null, checks.map(([, state, point, answer, because]) => h("tr", null, h("th", { scope: "row" }, point, reasons(id, state, answer, because)), h("td", { class: answer.replace(" ", "-") }, answer), h("td", null, state)))))));
    const about = og.about.get(id) || [];
    if (about.length) out.push(field(`Results about it (${about.length})`, h("ul", { class: "cards" }, about.slice(0, MOST).map(card))));
    out.push(field("Recorded", h("dl", null, (node.og.facts || []).map(([label, value]) => [h("dt", null, label), h("dd", { dir: "auto" }, value)]))));
    return out;
  };
  const lineOf = (id) => {
    const edge = og.drawn.edges.find((one) => one.id === id);
    if (!edge) return [h("p", null, "It is not drawn any more.")];
    const results = og.results.filter((result) => (result.rows || []).some((one) => edge.rows.includes(one)));
    return [h("h3", null, who(edge.from), " → ", who(edge.to)), h("p", { class: "small" }, data.groups[edge.og.group]), h("ul", { class: "plain" }, edge.rows.slice(0, MOST).map((one) => row(one, "second"))), edge.rows.length > MOST ? h("p", { class: "small" }, `and ${edge.rows.length - MOST} more in the table`) : null,
      results.length ? field(`Results that rest on it (${results.length})`, h("ul", { class: "cards" }, results.slice(0, MOST).map(card))) : null];
  };
  og.drawer("one", () => (picked === null ? [h("p", null, "Choose a box or a line.")] : picked.node !== undefined ? boxOf(picked.node) : lineOf(picked.edge)));
  og.pick = (what) => {
    if (what === null) {
      if (og.state.lit) og.dark();
      return;
    }
    picked = what;
    document.getElementById("tab-one").hidden = false;
    if (what.node !== undefined) {
      const fold = og.closedFold(what.node);
      if (fold) og.unfold(fold);
      og.network.selectNodes(og.at.has(what.node) ? [what.node] : [], false);
    }
    og.show("one");
    const below = document.getElementById("below"); // on a narrow screen the panel is out of sight
    below.hidden = !matchMedia("(max-width: 900px)").matches;
    document.getElementById("below-text").textContent = `${what.node !== undefined ? og.name(what.node) : "The line"} is described below the chart.`;
  };
  document.getElementById("to-panel").addEventListener("click", () => {
    document.getElementById("below").hidden = true;
    document.getElementById("panel").scrollIntoView({ block: "start" });
    document.getElementById("tab-one").focus({ preventScroll: true });
  });
  og.onChange((what) => {
    if (what === "date" && og.tab === "one") og.render("one");
  });
})();
