/* What the page knows: the data of the file, what the reader chose, and what follows from both. Draws nothing. */
"use strict";
const og = {};
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  og.data = data;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  document.documentElement.dataset.theme = prefersDark.matches ? "dark" : "light";
  prefersDark.addEventListener("change", () => og.setTheme(prefersDark.matches ? "dark" : "light"));
  og.setTheme = (theme) => {
    document.documentElement.dataset.theme = theme;
    og.changed("theme");
  };
  og.nodes = new Map(data.network.nodes.map((node) => [node.id, node]));
  og.edges = new Map(data.network.edges.map((edge) => [edge.id, edge]));
  og.results = data.results || [];
  og.resultOf = new Map(og.results.map((result) => [result.id, result]));

  const rowEdge = new Map();
  for (const edge of data.network.edges) for (const row of edge.og.rows) rowEdge.set(row, edge.id);
  og.edgeOfRow = (row) => rowEdge.get(row);
  og.row = (row) => {
    const [relation, first, label, second, source, place, start, end] = data.rows[row];
    return { id: row, relation, first, label, second, source, place, start, end };
  };
  og.name = (id) => {
    const node = og.nodes.get(id);
    return node ? node.og.name : (data.names || {})[id] || id || "someone not recorded";
  };
  og.sentence = (row) => {
    const r = og.row(row);
    return r.second ? `${og.name(r.first)} ${r.label} ${og.name(r.second)}` : `${og.name(r.first)} ${r.label}`;
  };

  // --- what the reader chose ------------------------------------------------------------------------------------
  const crowded = og.nodes.size > 25;
  og.state = {
    groups: new Set(Object.keys(data.groups).filter((group) => !crowded || (group !== "accounts" && group !== "people"))),
    role: "",
    date: data.asOf,
    open: new Set(),
    focus: null,
    lit: null,
    client: Boolean(data.audit && data.audit.client),
  };
  const listeners = [];
  og.onChange = (listener) => listeners.push(listener);
  og.changed = (what) => listeners.forEach((listener) => listener(what));

  // --- time -----------------------------------------------------------------------------------------------------
  const inForce = (start, end, day) => (!start || start <= day) && (!end || end > day);
  const stands = (row, day) => {
    const r = data.rows[row];
    return inForce(r[6], r[7], day);
  };
  og.standingRows = (edge) => edge.og.rows.filter((row) => stands(row, og.state.date));
  const days = new Set([data.asOf]);
  for (const r of Object.values(data.rows)) for (const day of [r[6], r[7]]) if (day) days.add(day);
  og.days = [...days].sort();

  // --- folds ----------------------------------------------------------------------------------------------------
  og.closedFold = (id) => {
    const node = og.nodes.get(id);
    return node && node.og.fold && !og.state.open.has(node.og.fold) ? node.og.fold : null;
  };
  og.shownAs = (id) => og.closedFold(id) || id;

  /* Where every box stands with these folds open. An opened fold pushes what is below it down and its neighbors aside. */
  og.places = () => {
    const at = new Map();
    for (const node of og.nodes.values()) if (node.x !== undefined) at.set(node.id, { x: node.x, y: node.y });
    const opened = [...og.state.open].sort((a, b) => og.nodes.get(a).y - og.nodes.get(b).y || (a < b ? -1 : 1));
    for (const fold of opened) {
      const box = og.nodes.get(fold);
      const block = data.blocks[fold];
      const mid = at.get(fold);
      const aside = Math.max(0, (block.w - box.og.w) / 2 + 40);
      const down = Math.max(0, block.h - box.og.h + 20);
      for (const [id, place] of at) {
        if (id === fold) continue;
        if (place.y > mid.y + 48) place.y += down;
        else if (Math.abs(place.y - mid.y) <= 48) place.x += place.x > mid.x ? aside : -aside;
      }
      const top = mid.y - box.og.h / 2 + block.h / 2;
      for (const [id, [x, y]] of Object.entries(block.places)) at.set(id, { x: mid.x + x, y: top + y });
    }
    return at;
  };

  // --- what is seen ---------------------------------------------------------------------------------------------
  og.roles = [...new Set([...og.nodes.values()].flatMap((node) => node.og.roles || []))].sort();

  /* Boxes that the reader wants to see, folds aside. */
  og.wanted = () => {
    const { role, date, focus, lit, groups } = og.state;
    const wanted = new Set();
    for (const node of og.nodes.values()) {
      if (node.og.members) continue;
      const needed = lit && (lit.nodes.has(node.id) || lit.parties.has(node.id));
      if (!needed) {
        if (!inForce(node.og.start, node.og.end, date)) continue;
        if (node.og.shape === "account" && !groups.has("accounts")) continue;
        if (role && !(node.og.roles || []).includes(role)) continue;
        if (focus && !focus.members.has(node.id)) continue;
      }
      wanted.add(node.id);
    }
    return wanted;
  };

  /* What stands on a line that stands for several: "manages: fixed fee × 3; hourly fee × 1". Twin of edges.joined. */
  og.joined = (labels) => {
    const counts = new Map();
    for (const label of labels) counts.set(label, (counts.get(label) || 0) + 1);
    if (counts.size === 1) return labels.length > 1 ? `${labels[0]} × ${labels.length}` : labels[0];
    const heads = new Set([...counts.keys()].map((label) => (label.includes(": ") ? label.split(": ")[0] : "")));
    const head = heads.size === 1 && !heads.has("") ? `${[...heads][0]}: ` : "";
    if (counts.size > 2) return `${head}${counts.size} terms × ${labels.length}`;
    return head + [...counts].map(([label, many]) => `${label.slice(head.length)} × ${many}`).join("; ");
  };

  /* Boxes and lines as they are seen now: {nodes: Set of ids, edges: [{id, from, to, og}]}. Lines of members of a closed
     fold are joined into one line a relation. */
  og.seen = () => {
    const { groups, lit } = og.state;
    const wanted = og.wanted();
    const nodes = new Set([...wanted].map(og.shownAs));
    const bundles = new Map();
    for (const edge of og.edges.values()) {
      const needed = lit && lit.edges.has(edge.id);
      if (!wanted.has(edge.from) || !wanted.has(edge.to)) continue;
      if (!needed && !groups.has(edge.og.group)) continue;
      const rows = needed ? edge.og.rows : og.standingRows(edge);
      if (!rows.length) continue;
      const from = og.shownAs(edge.from);
      const to = og.shownAs(edge.to);
      if (from === to) continue;
      const whole = from === edge.from && to === edge.to;
      const key = whole ? edge.id : `${edge.og.relation}:${from}>${to}${edge.og.possible ? "?" : ""}`;
      if (!bundles.has(key)) bundles.set(key, { id: key, from, to, og: edge.og, parts: [], rows: [] });
      const bundle = bundles.get(key);
      bundle.parts.push(edge);
      bundle.rows.push(...rows);
    }
    const between = new Map();
    for (const bundle of bundles.values()) {
      const pair = [bundle.from, bundle.to].sort().join("\n");
      if (!between.has(pair)) between.set(pair, []);
      between.get(pair).push(bundle);
      bundle.label = og.joined(bundle.parts.map((part) => part.og.label));
    }
    for (const group of between.values()) group.forEach((bundle, slot) => Object.assign(bundle, { slot, slots: group.length }));
    return { nodes, edges: [...bundles.values()] };
  };

  // --- what is lit ----------------------------------------------------------------------------------------------
  /* Light up rows: the lines that they are drawn on and the boxes at their ends, or the box that a row is about.
     Parties of a result stay in sight; what is only possible is drawn so. */
  og.light = (rows, about, { parties = [], possible = false } = {}) => {
    const lit = { rows: new Set(rows), edges: new Map(), nodes: new Set(), parties: new Set(), about: about || null, order: new Map(), possible };
    for (const row of rows) {
      if (!data.rows[row]) continue;
      const r = og.row(row);
      const edge = og.edgeOfRow(row);
      if (edge) {
        if (!lit.edges.has(edge)) lit.edges.set(edge, []);
        lit.edges.get(edge).push(row);
      }
      for (const end of [r.first, r.second]) if (og.nodes.has(end)) lit.nodes.add(end);
    }
    for (const party of parties) if (og.nodes.has(party)) (lit.rows.size ? lit.parties : lit.nodes).add(party);
    og.openFor(lit);
    og.state.lit = lit;
    og.changed("lit");
  };
  /* Folds that hide something lit are opened, and closed again when the light goes out. */
  og.openFor = (lit) => {
    og.closeAuto();
    lit.opened = [...new Set([...lit.nodes, ...lit.parties].map(og.closedFold).filter(Boolean))];
    lit.opened.forEach((fold) => og.state.open.add(fold));
  };
  og.closeAuto = () => {
    if (og.state.lit) (og.state.lit.opened || []).forEach((fold) => og.state.open.delete(fold));
  };
  og.dark = () => {
    og.closeAuto();
    og.state.lit = null;
    og.changed("lit");
  };
  og.unfold = (fold) => {
    if (og.state.lit) og.state.lit.opened = (og.state.lit.opened || []).filter((other) => other !== fold);
    og.state.open.add(fold);
    og.changed("folds");
  };
  og.refold = (fold) => {
    og.state.open.delete(fold);
    og.changed("folds");
  };
  /* A box as it is drawn, and the boxes that lines join to it. */
  og.around = (id) => {
    const shown = og.shownAs(id);
    const joined = og.drawn.edges.flatMap(({ from, to }) => (from === shown ? [to] : to === shown ? [from] : []));
    return [...new Set([shown, ...joined])].filter((other) => og.at.has(other));
  };
  og.folds = () => [...og.nodes.values()].filter((node) => node.og.members);

  // --- focus ----------------------------------------------------------------------------------------------------
  /* Everything above (owners, managers, who pays or refers), below, or both, along the relations that are shown. */
  og.focusOn = (id, way) => {
    const next = { up: new Map(), down: new Map() };
    for (const edge of og.edges.values()) {
      if (!og.state.groups.has(edge.og.group) || !og.standingRows(edge).length) continue;
      if (!next.down.has(edge.from)) next.down.set(edge.from, []);
      if (!next.up.has(edge.to)) next.up.set(edge.to, []);
      next.down.get(edge.from).push(edge.to);
      next.up.get(edge.to).push(edge.from);
    }
    const members = new Set([id]);
    for (const side of way === "both" ? ["up", "down"] : [way]) {
      const reached = new Set([id]);
      const front = [id];
      while (front.length) {
        for (const other of next[side].get(front.pop()) || []) {
          if (!reached.has(other)) {
            reached.add(other);
            front.push(other);
          }
        }
      }
      reached.forEach((other) => members.add(other));
    }
    og.state.focus = { id, way, members };
    og.changed("focus");
  };
  og.unfocus = () => {
    og.state.focus = null;
    og.changed("focus");
  };

  // --- results by box -------------------------------------------------------------------------------------------
  og.SEVERITIES = ["info", "low", "medium", "high", "critical"];
  og.about = new Map();
  for (const result of og.results) {
    for (const [, who] of result.parties) {
      if (!og.nodes.has(who)) continue;
      if (!og.about.has(who)) og.about.set(who, []);
      og.about.get(who).push(result);
    }
  }
  og.marks = (id) => {
    const node = og.nodes.get(id);
    const members = node.og.members || [id];
    const seen = new Set(members.flatMap((member) => og.about.get(member) || []));
    const found = [...seen].filter((result) => result.outcome === "found");
    const worst = Math.max(-1, ...found.map((result) => og.SEVERITIES.indexOf(result.severity)));
    return { found: found.length, undecided: seen.size - found.length, worst: og.SEVERITIES[worst] || null };
  };
})();
