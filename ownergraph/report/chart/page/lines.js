/* Lines of the interactive chart, drawn where the static drawing has them, with labels that give way to each other. */
(() => {
  const CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳";
  const FONT = "12px system-ui, sans-serif";
  const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);
  const lit = (edge) => og.state.lit && edge.parts.some((part) => og.state.lit.edges.has(part.id));

  /* What stands on a line; where it is lit, the whole text of its row, its step of a path, and how many rows are meant. */
  og.lineLabel = (edge) => {
    const light = og.state.lit;
    const rows = light && edge.parts.flatMap((part) => light.edges.get(part.id) || []);
    if (!rows || !rows.length) return edge.label;
    const step = Math.min(...rows.map((row) => light.order.get(row) ?? Infinity));
    const all = edge.parts.reduce((sum, part) => sum + part.og.rows.length, 0);
    const text = cut(og.row(rows[0]).label.replace(/ (to|of|on|with)$/, ""), 74);
    return `${step < 20 ? `${CIRCLED[step]} ` : ""}${text}${all > 1 ? ` (${rows.length} of ${all})` : ""}`;
  };

  const broken = (text) => {
    const out = [""];
    for (const word of text.split(" ")) {
      const last = out[out.length - 1];
      if (last && last.length + word.length > 28) out.push(word);
      else out[out.length - 1] = last ? `${last} ${word}` : word;
    }
    return out;
  };
  const { point } = og;

  // --- labels that do not lie on each other -------------------------------------------------------------------------
  const CELL = 120;
  const grid = () => {
    const cells = new Map();
    const keys = ({ l, t, r, b }) => {
      const out = [];
      for (let x = Math.floor(l / CELL); x <= Math.floor(r / CELL); x += 1) for (let y = Math.floor(t / CELL); y <= Math.floor(b / CELL); y += 1) out.push(`${x},${y}`);
      return out;
    };
    return {
      add: (box) => keys(box).forEach((key) => (cells.get(key) || cells.set(key, []).get(key)).push(box)),
      clash: (box) => keys(box).reduce((sum, key) => sum + (cells.get(key) || []).filter((other) => other.l < box.r && box.l < other.r && other.t < box.b && box.t < other.b).length, 0),
    };
  };
  const TRIED = [0, 1, -1].flatMap((beside) => [0.5, 0.38, 0.62, 0.26, 0.74, 0.16, 0.84].map((t) => [t, beside]));
  const MANY = 800; // lines; with more, labels try fewer places
  const measure = document.createElement("canvas").getContext("2d");
  let drawn = [];
  /* Work out curves and labels for what is seen now. */
  og.layLines = () => {
    const taken = grid();
    for (const [id, at] of og.at) {
      const { w, h } = og.nodes.get(id).og;
      taken.add({ l: at.x - w / 2, t: at.y - h / 2, r: at.x + w / 2, b: at.y + h / 2 });
    }
    measure.font = FONT;
    const tried = og.drawn.edges.length > MANY ? TRIED.slice(0, 3) : TRIED;
    const order = [...og.drawn.edges].sort((a, b) => Number(Boolean(lit(b))) - Number(Boolean(lit(a))));
    drawn = order.map((edge) => {
      const [from, to] = [og.at.get(edge.from), og.at.get(edge.to)];
      const { curve, d } = og.route(edge, og.nodes.get(edge.from).og, from, og.nodes.get(edge.to).og, to);
      const isLit = Boolean(lit(edge));
      const dim = Boolean(og.state.lit) && !isLit;
      const lines = dim ? [] : broken(og.lineLabel(edge));
      const w = Math.max(0, ...lines.map((line) => measure.measureText(line).width)) + 6;
      const h = 15 * lines.length;
      let best = null;
      for (const [t, beside] of lines.length ? tried : []) {
        const [onX, y] = point(curve, t);
        const x = onX + beside * (w / 2 + 4);
        const box = { l: x - w / 2, t: y - h / 2, r: x + w / 2, b: y + h / 2, x, y };
        const clash = taken.clash(box);
        if (!best || clash < best.clash) best = { ...box, clash };
        if (!clash) break;
      }
      if (best) taken.add(best);
      const xs = curve.map(([x]) => x);
      const ys = curve.map(([, y]) => y);
      return { edge, curve, d, lines, label: best, lit: isLit, dim, l: Math.min(...xs), r: Math.max(...xs), t: Math.min(...ys), b: Math.max(...ys) };
    });
  };

  const trace = (ctx, curve) => {
    ctx.beginPath();
    ctx.moveTo(...curve[0]);
    const rest = curve.slice(1).flat();
    if (curve.length === 2) ctx.lineTo(...rest);
    else if (curve.length === 3) ctx.quadraticCurveTo(...rest);
    else ctx.bezierCurveTo(...rest);
    ctx.stroke();
  };
  const arrow = (ctx, curve, size) => {
    const [x, y] = curve[curve.length - 1];
    const [px, py] = point(curve, 0.94);
    const turn = Math.atan2(y - py, x - px);
    ctx.beginPath();
    ctx.moveTo(x, y);
    for (const side of [-0.42, 0.42]) ctx.lineTo(x - size * Math.cos(turn + side), y - size * Math.sin(turn + side));
    ctx.closePath();
    ctx.fill();
  };
  /* Only possible: on what is recorded, or as what is lit supposes. */
  const dashed = (one) => Boolean(one.edge.og.possible || (one.lit && og.state.lit && og.state.lit.possible));
  /* Lines first, under the boxes; labels after the boxes, over them where there is no room beside. */
  const within = (one, view) => one.r >= view.l && one.l <= view.r && one.b >= view.t && one.t <= view.b;
  og.drawLines = (ctx, view) => {
    for (const one of drawn) {
      if (!within(one, view)) continue;
      ctx.globalAlpha = one.dim ? 0.14 : 1;
      ctx.strokeStyle = ctx.fillStyle = og.theme[one.edge.og.group];
      ctx.lineWidth = one.lit ? 4 : one.edge.og.group === "ownership" ? 1.9 : 1.4;
      ctx.setLineDash(dashed(one) ? [6, 5] : []);
      trace(ctx, one.curve);
      ctx.setLineDash([]);
      arrow(ctx, one.curve, one.lit ? 15 : 10);
    }
    ctx.globalAlpha = 1;
  };
  og.drawLabels = (ctx, view, scale) => {
    if (scale < 0.22) return; // nobody could read them
    ctx.font = FONT;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    ctx.lineWidth = 4;
    ctx.strokeStyle = og.theme.paper;
    for (const { label, lines } of drawn) {
      if (!label || label.r < view.l || label.l > view.r || label.b < view.t || label.t > view.b) continue;
      let y = label.y - 7.5 * (lines.length - 1);
      for (const line of lines) {
        ctx.strokeText(line, label.x, y);
        ctx.fillStyle = og.theme.ink;
        ctx.fillText(line, label.x, y);
        y += 15;
      }
    }
  };
  /* The line at a point, or nothing. */
  og.lineAt = (x, y, reach) => {
    let best = null;
    for (const one of drawn) {
      const { label } = one;
      if (label && x >= label.l && x <= label.r && y >= label.t && y <= label.b) return one.edge.id;
      if (x < one.l - reach || x > one.r + reach || y < one.t - reach || y > one.b + reach) continue;
      for (let k = 0; k <= 24; k += 1) {
        const [px, py] = point(one.curve, k / 24);
        const far = Math.hypot(px - x, py - y);
        const limit = Math.max(reach, Math.hypot(one.r - one.l, one.b - one.t) / 40);
        if (far < limit && (!best || far < best.far)) best = { id: one.edge.id, far };
      }
    }
    return best && best.id;
  };
  /* Lines as they are drawn: edge, path data, lines of the label and the middle of it, lit, dim. */
  og.drawnLines = () => drawn.map((one) => ({ ...one, possible: dashed(one) }));
  og.lineStates = () => Object.fromEntries(drawn.map((one) => [one.edge.id, { rows: one.edge.rows, from: one.edge.from, to: one.edge.to, lit: one.lit, dim: one.dim, label: one.dim ? "" : og.lineLabel(one.edge), dashed: dashed(one) }]));
})();
