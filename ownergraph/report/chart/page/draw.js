/* The interactive chart: boxes drawn on the canvas of vis-network, colors by theme, what is lit. */
(() => {
  const area = document.getElementById("canvas");
  const nodes = new vis.DataSet();
  const edges = new vis.DataSet();
  let theme = {};
  const marks = new Map();

  const NAMES = [
    "ownership", "control", "management", "money", "referral", "people", "accounts", "paper", "ink", "faint", "box",
    "person", "fund", "foldbox", "lit", "critical", "high", "medium", "low", "info", "undecided", "license",
  ];
  og.readTheme = () => {
    const style = getComputedStyle(document.documentElement);
    theme = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    og.theme = theme;
  };
  og.readTheme();

  // --- boxes ----------------------------------------------------------------------------------------------------
  const outline = (ctx, shape, x, y, w, h) => {
    const [l, t, r, b] = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
    ctx.beginPath();
    if (shape === "person") ctx.ellipse(x, y, w / 2, h / 2, 0, 0, 2 * Math.PI);
    else if (shape === "partnership") {
      ctx.moveTo(x, t);
      ctx.lineTo(r, b);
      ctx.lineTo(l, b);
      ctx.closePath();
    } else if (shape === "trust") {
      const c = Math.min(14, w / 6);
      ctx.moveTo(l + c, t);
      [[r - c, t], [r, y], [r - c, b], [l + c, b], [l, y]].forEach(([px, py]) => ctx.lineTo(px, py));
      ctx.closePath();
    } else ctx.roundRect(l, t, w, h, shape === "account" ? 12 : 2);
  };
  const disc = (ctx, x, y, text, fill, ink, edge) => {
    ctx.beginPath();
    ctx.arc(x, y, 8.5, 0, 2 * Math.PI);
    ctx.fillStyle = fill;
    ctx.fill();
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = edge || fill;
    ctx.stroke();
    ctx.fillStyle = ink;
    ctx.font = "bold 10px system-ui, sans-serif";
    ctx.fillText(text, x, y + 0.5);
  };

  const draw = (id, ctx, x, y, selected, hover) => {
    const node = og.nodes.get(id);
    const { w, h, shape, lines, caption } = node.og;
    const lit = og.state.lit;
    const isLit = lit && lit.nodes.has(id);
    ctx.save();
    ctx.globalAlpha = lit && !isLit ? 0.16 : 1;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    if (shape === "fold") {
      for (const shift of [8, 4]) {
        outline(ctx, "company", x + shift, y + shift, w, h);
        ctx.fillStyle = theme.foldbox;
        ctx.fill();
        ctx.lineWidth = 1;
        ctx.strokeStyle = theme.ink;
        ctx.stroke();
      }
    }
    outline(ctx, shape, x, y, w, h);
    ctx.fillStyle = { person: theme.person, partnership: theme.fund, fold: theme.foldbox }[shape] || theme.box;
    ctx.fill();
    ctx.lineWidth = isLit || selected ? 3.5 : hover ? 2.5 : 1.4;
    ctx.strokeStyle = isLit || selected ? theme.lit : theme.ink;
    ctx.stroke();
    if (shape === "government") {
      outline(ctx, shape, x, y, w - 6, h - 6);
      ctx.lineWidth = 1;
      ctx.stroke();
    }
    ctx.fillStyle = theme.ink;
    ctx.font = "600 13px system-ui, sans-serif";
    const tall = lines.length * 16 + (caption ? 14 : 0);
    let top = y - tall / 2 + 8 + (shape === "partnership" ? h / 2 - tall / 2 - 7 : 0);
    for (const line of lines) {
      ctx.fillText(line, x, top);
      top += 16;
    }
    if (caption) {
      ctx.font = "11px system-ui, sans-serif";
      ctx.fillStyle = theme.faint;
      ctx.fillText(caption, x, top - 1);
    }
    if (node.og.licensed) disc(ctx, x - w / 2 + 4, y - h / 2 + 6, "✚", theme.license, theme.paper);
    if (node.og.hidden) disc(ctx, x - w / 2 + 4, y + h / 2 - 4, "?", theme.paper, theme.ink, theme.ink);
    const mark = marks.get(id) || marks.set(id, og.marks(id)).get(id);
    const corner = shape === "partnership" ? x + w / 4 : x + w / 2 - 4;
    if (mark.found) {
      const fill = og.state.client ? theme.faint : theme[mark.worst] || theme.faint;
      disc(ctx, corner, y - h / 2 + 4, mark.found > 99 ? "99+" : String(mark.found), fill, theme.paper);
    } else if (mark.undecided) disc(ctx, corner, y - h / 2 + 4, String(Math.min(mark.undecided, 99)), theme.paper, theme.undecided, theme.undecided);
    ctx.restore();
  };
  const renderer = ({ ctx, id, x, y, state: { selected, hover } }) => ({
    drawNode: () => draw(id, ctx, x, y, selected, hover),
    nodeDimensions: { width: og.nodes.get(id).og.w, height: og.nodes.get(id).og.h },
  });

  // --- lines ----------------------------------------------------------------------------------------------------
  const ACROSS = new Set(["money", "referral", "people"]);
  const CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳";
  const curve = (edge) => {
    if (ACROSS.has(edge.og.group)) return { enabled: true, type: "curvedCW", roundness: 0.16 + 0.1 * edge.slot };
    if (edge.slots > 1) return { enabled: true, type: edge.slot % 2 ? "curvedCCW" : "curvedCW", roundness: 0.07 + 0.09 * Math.floor((edge.slot + 1) / 2) };
    return { enabled: true, type: "cubicBezier", forceDirection: "vertical", roundness: 0.45 };
  };
  const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);
  og.lineLabel = (edge) => {
    const lit = og.state.lit;
    const rows = lit && edge.parts.flatMap((part) => lit.edges.get(part.id) || []);
    if (!rows || !rows.length) return edge.label;
    const step = Math.min(...rows.map((row) => lit.order.get(row) ?? Infinity));
    const all = edge.parts.reduce((sum, part) => sum + part.og.rows.length, 0);
    const text = cut(og.row(rows[0]).label.replace(/ (to|of|on|with)$/, ""), 74);
    const some = rows.length > 1 || all > 1 ? ` (${rows.length} of ${all})` : "";
    return `${step < 20 ? `${CIRCLED[step]} ` : ""}${text}${some}`;
  };
  const fold = (text) => {
    const out = [];
    let line = "";
    for (const word of text.split(" ")) {
      if (line && line.length + word.length > 30) {
        out.push(line);
        line = word;
      } else line = line ? `${line} ${word}` : word;
    }
    return [...out, line].join("\n");
  };
  const asLine = (edge) => {
    const lit = og.state.lit;
    const isLit = lit && edge.parts.some((part) => lit.edges.has(part.id));
    const color = theme[edge.og.group];
    const dim = lit && !isLit;
    return {
      id: edge.id, from: edge.from, to: edge.to,
      label: dim ? "" : fold(og.lineLabel(edge)),
      color: { color, highlight: color, hover: color, opacity: dim ? 0.12 : 1 },
      width: isLit ? 4 : edge.og.group === "ownership" ? 1.8 : 1.3,
      dashes: edge.og.possible ? [6, 5] : false,
      smooth: curve(edge),
      font: { size: 12, color: theme.ink, strokeWidth: 4, strokeColor: theme.paper, face: "system-ui, sans-serif" },
    };
  };

  // --- keeping the picture in step --------------------------------------------------------------------------------
  const moved = new Map();
  let network = null;
  og.at = new Map();
  const sync = (set, wanted) => {
    const gone = set.getIds().filter((id) => !wanted.has(id));
    if (gone.length) set.remove(gone);
    set.update([...wanted.values()]);
  };
  og.refresh = () => {
    const seen = og.seen();
    const places = og.places();
    og.at = new Map([...seen.nodes].map((id) => [id, moved.get(id) || places.get(id)]));
    og.drawn = seen;
    sync(nodes, new Map([...og.at].map(([id, at]) => [id, { id, x: at.x, y: at.y, shape: "custom", ctxRenderer: renderer }])));
    sync(edges, new Map(seen.edges.map((edge) => [edge.id, asLine(edge)])));
  };
  const options = { ...og.data.network.options };
  options.interaction = { ...options.interaction, hideEdgesOnDrag: og.nodes.size > 600, hideEdgesOnZoom: og.nodes.size > 600 };
  og.refresh();
  network = new vis.Network(area, { nodes, edges }, options);
  og.network = network;
  const inner = area.querySelector(".vis-network");
  if (inner) inner.removeAttribute("tabindex");
  og.fit = (ids, animate) => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || animate === false;
    network.fit({ ...(ids && ids.length ? { nodes: ids } : {}), maxZoomLevel: 1.4, animation: still ? false : { duration: 250, easingFunction: "easeInOutQuad" } });
  };
  og.fit(null, false);

  og.onChange((what) => {
    if (what === "folds" || what === "focus" || what === "lit") moved.clear();
    if (what === "theme") og.readTheme();
    og.refresh();
    const lit = og.state.lit;
    if (what === "lit" && lit && lit.nodes.size) og.fit([...lit.nodes].map(og.shownAs).filter((id) => og.at.has(id)));
    else if (what !== "theme" && what !== "client" && what !== "date") og.fit(null);
  });
  network.on("dragEnd", ({ nodes: dragged }) => {
    for (const [id, at] of Object.entries(network.getPositions(dragged))) {
      moved.set(id, at);
      og.at.set(id, at);
    }
  });
  network.on("click", ({ nodes: [node], edges: [edge] }) => {
    if (node !== undefined) og.pick({ node });
    else if (edge !== undefined) og.pick({ edge });
    else og.pick(null);
  });
  network.on("doubleClick", ({ nodes: [node] }) => {
    const box = node !== undefined && og.nodes.get(node);
    if (!box) return;
    if (box.og.members) og.unfold(node);
    else if (box.og.fold) og.refold(box.og.fold);
  });
  addEventListener("resize", () => network.redraw());
})();
