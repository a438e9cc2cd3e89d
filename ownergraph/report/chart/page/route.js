/* Where a line runs in the static drawing. The twin of geometry.py; a test holds them together. */
(() => {
  const UPRIGHT = new Set(["ownership", "control", "management", "accounts"]);
  const UNDER = new Set(["money", "referral"]);
  const SPREAD = 30;
  const border = (node, dx) => (node.shape === "person" ? (node.h / 2) * Math.sqrt(Math.max(0, 1 - ((2 * dx) / node.w) ** 2)) : node.h / 2);
  const lean = (node, wanted, aside) => {
    const most = Math.min(0.34 * node.w, node.w / 2 - 12 - Math.abs(aside));
    return most < 0 || node.shape === "partnership" ? 0 : Math.min(most, Math.max(-most, wanted));
  };
  const toward = (node, center, x, y) => {
    const [dx, dy] = [(x - center.x) / (node.w / 2), (y - center.y) / (node.h / 2)];
    const scale = (node.shape === "person" ? Math.hypot(dx, dy) : Math.max(Math.abs(dx), Math.abs(dy))) || 1;
    return [center.x + (x - center.x) / scale, center.y + (y - center.y) / scale];
  };
  /* The point of a curve at t in 0..1 (de Casteljau). */
  og.point = (curve, t) => {
    let at = curve;
    while (at.length > 1) at = at.slice(1).map((b, k) => [at[k][0] + (b[0] - at[k][0]) * t, at[k][1] + (b[1] - at[k][1]) * t]);
    return at[0];
  };
  const made = (points, t) => {
    const [x, y] = og.point(points, t);
    const text = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`);
    return { d: `M${text[0]} ${" LQC"[points.length - 1]}${text.slice(1).join(" ")}`, x, y, curve: points };
  };
  /* Boxes side by side: over them, money and referrals under them; every other line between the two the other way. */
  const arc = (edge, source, a, target, b) => {
    const ahead = b.x >= a.x ? 1 : -1;
    const up = UNDER.has(edge.og.group) === (edge.slot % 2 === 1) ? 1 : -1;
    const [x1, x2] = [a.x + ahead * source.w * 0.28, b.x - ahead * target.w * 0.28];
    const [y1, y2] = [a.y - up * border(source, x1 - a.x), b.y - up * border(target, x2 - b.x)];
    const high = Math.min(36 + 0.04 * Math.abs(b.x - a.x), 70) + 16 * edge.slot;
    const top = up > 0 ? Math.min(y1, y2) - 1.5 * high : Math.max(y1, y2) + 1.5 * high;
    return made([[x1, y1], [(x1 + x2) / 2, top], [x2, y2]], 0.5);
  };
  /* A curve beside the straight way: seen along it always to the right, so the way back is on the other side. */
  const bow = (edge, source, a, target, b) => {
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const far = Math.hypot(dx, dy);
    const wide = 26 + 0.08 * far + 26 * edge.slot;
    const [bx, by] = [(a.x + b.x) / 2 - (dy / far) * wide, (a.y + b.y) / 2 + (dx / far) * wide];
    return made([toward(source, a, bx, by), [bx, by], toward(target, b, bx, by)], 0.5);
  };
  og.route = (edge, source, a, target, b) => {
    const middle = (edge.slots - 1) / 2;
    const room = Math.max(0, Math.min(source.w, target.w) / 2 - 14);
    const step = middle ? Math.min(SPREAD, room / middle) : 0;
    const aside = (edge.slot - middle) * step;
    if (Math.abs(b.y - a.y) - (source.h + target.h) / 2 < 8) return arc(edge, source, a, target, b);
    const down = b.y > a.y ? 1 : -1;
    if (!UPRIGHT.has(edge.og.group)) return bow(edge, source, a, target, b);
    const wanted = 0.3 * (b.x - a.x);
    let [x1, x2] = [a.x + aside + lean(source, wanted, aside), b.x + aside - lean(target, wanted, aside)];
    if (Math.abs(a.x - b.x) <= 0.5 * Math.min(source.w, target.w) - Math.abs(aside) && Math.abs(a.x - b.x) < 30) x1 = x2 = (a.x + b.x) / 2 + aside;
    const [y1, y2] = [a.y + down * border(source, x1 - a.x), b.y - down * border(target, x2 - b.x)];
    const t = 0.5 + (edge.slot - middle) * Math.min(0.2, 0.6 / edge.slots);
    if (x1 === x2) return made([[x1, y1], [x2, y2]], t);
    const bend = (y2 - y1) * 0.5;
    return made([[x1, y1], [x1, y1 + bend], [x2, y2 - bend], [x2, y2]], t);
  };
})();
