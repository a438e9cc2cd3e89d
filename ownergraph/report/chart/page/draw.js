/* The interactive chart: boxes drawn on the canvas of vis-network, colors by theme, what is lit. */
(() => {
  const area = document.getElementById("canvas");
  const nodes = new vis.DataSet();
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
      ctx.lineTo(x + 37.5, t + 30);
      ctx.lineTo(x - 37.5, t + 30);
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
    ctx.globalAlpha = lit && !isLit && !lit.parties.has(id) ? 0.16 : 1;
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
    let top = y - tall / 2 + 8 + (shape === "partnership" ? h / 2 - tall / 2 - 2 : 0);
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
    const [qx, qy] = shape === "partnership" ? [x - 48, y - h / 2 + 20] : [x - w / 2 + 4, y + h / 2 - 4];
    if (node.og.hidden) disc(ctx, qx, qy, "?", theme.paper, theme.ink, theme.ink);
    const mark = marks.get(id) || marks.set(id, og.marks(id)).get(id);
    const corner = shape === "partnership" ? x + 34 : x + w / 2 - 4;
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

  // --- keeping the picture in step --------------------------------------------------------------------------------
  const moved = new Map();
  let network = null;
  og.at = new Map();
  og.refresh = () => {
    const seen = og.seen();
    const places = og.places();
    og.at = new Map([...seen.nodes].map((id) => [id, moved.get(id) || places.get(id)]));
    og.drawn = seen;
    nodes.remove(nodes.getIds().filter((id) => !og.at.has(id)));
    nodes.update([...og.at].map(([id, at]) => ({ id, x: at.x, y: at.y, shape: "custom", ctxRenderer: renderer })));
    og.layLines();
  };
  og.refresh();
  network = new vis.Network(area, { nodes, edges: [] }, og.data.network.options); // lines.js draws the lines
  og.network = network;
  const inner = area.querySelector(".vis-network");
  if (inner) inner.removeAttribute("tabindex");
  const view = () => {
    const [a, b] = [network.DOMtoCanvas({ x: 0, y: 0 }), network.DOMtoCanvas({ x: area.clientWidth, y: area.clientHeight })];
    return { l: a.x, t: a.y, r: b.x, b: b.y };
  };
  network.on("beforeDrawing", (ctx) => og.drawLines(ctx, view()));
  network.on("afterDrawing", (ctx) => og.drawLabels(ctx, view(), network.getScale()));
  const EDGE = 52; // the buttons stand there
  og.fit = (ids, animate) => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || animate === false;
    // vis-network's own fit goes by the middles of boxes and cuts those at the border
    let [l, t, r, b] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const id of ids && ids.length ? ids : og.at.keys()) {
      const { x, y } = og.at.get(id);
      const { w, h } = og.nodes.get(id).og;
      [l, t, r, b] = [Math.min(l, x - w / 2 - 12), Math.min(t, y - h / 2 - 12), Math.max(r, x + w / 2 + 12), Math.max(b, y + h / 2 + 12)];
    }
    if (l === Infinity) return;
    const above = og.state.lit || og.state.focus ? 64 : 16; // the note stands there
    const [wide, high] = [area.clientWidth - 2 * EDGE, area.clientHeight - above - 16];
    const scale = Math.max(0.02, Math.min(1.2, wide / (r - l), high / (b - t)));
    network.moveTo({ position: { x: (l + r) / 2, y: (t + b) / 2 - (above - 16) / 2 / scale }, scale, animation: still ? false : { duration: 250, easingFunction: "easeInOutQuad" } });
  };
  og.fit(null, false);

  og.onChange((what) => {
    if (what === "folds" || what === "focus" || what === "lit") moved.clear();
    if (what === "theme") og.readTheme();
    if (what !== "start") og.refresh();
    const lit = og.state.lit;
    if (what === "lit" && lit && lit.nodes.size + lit.parties.size) og.fit([...lit.nodes, ...lit.parties].map(og.shownAs).filter((id) => og.at.has(id)));
    else if (what !== "theme" && what !== "client" && what !== "date") og.fit(null, what !== "start");
  });
  network.on("dragEnd", ({ nodes: dragged }) => {
    for (const [id, at] of Object.entries(network.getPositions(dragged))) {
      moved.set(id, at);
      og.at.set(id, at);
    }
  });
  network.on("dragging", ({ nodes: dragged }) => {
    if (!dragged.length) return;
    for (const [id, at] of Object.entries(network.getPositions(dragged))) og.at.set(id, at);
    og.layLines();
  });
  network.on("click", ({ nodes: [node], pointer }) => {
    const edge = node === undefined ? og.lineAt(pointer.canvas.x, pointer.canvas.y, 7 / network.getScale()) : null;
    if (node !== undefined) og.pick({ node });
    else og.pick(edge ? { edge } : null);
  });
  network.on("doubleClick", ({ nodes: [node] }) => {
    const box = node !== undefined && og.nodes.get(node);
    if (!box) return;
    if (box.og.members) og.unfold(node);
    else if (box.og.fold) og.refold(box.og.fold);
  });
  addEventListener("resize", () => network.redraw());
})();
