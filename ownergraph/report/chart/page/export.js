/* PNG, SVG, CSV, and when the page is printed. The SVG in the file is moved to where the boxes stand now. */
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const get = (id) => document.getElementById(id);
  const slug = (og.data.audit && og.data.audit.structure ? og.data.audit.structure : document.title).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "chart";
  const save = (blob, ending) => {
    const link = og.h("a", { href: URL.createObjectURL(blob), download: `${slug}.${ending}` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  const s = (tag, fields, ...inside) => {
    const element = document.createElementNS(NS, tag);
    for (const [key, value] of Object.entries(fields)) element.setAttribute(key, value);
    element.append(...inside);
    return element;
  };

  // --- the drawing ------------------------------------------------------------------------------------------------
  const drawing = document.querySelector("#drawing svg");
  const boxes = new Map([...drawing.querySelectorAll("g.node")].map((group) => [group.dataset.id, group]));
  /* Bring the static drawing in step with the chart. */
  og.redraw = () => {
    let [l, t, r, b] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [id, group] of boxes) {
      const at = og.at.get(id);
      group.classList.toggle("in-fold", !at);
      const lit = og.state.lit;
      group.classList.toggle("dim", Boolean(lit && !lit.nodes.has(id) && !lit.parties.has(id)));
      group.classList.toggle("lit", Boolean(lit && lit.nodes.has(id)));
      if (!at) continue;
      group.setAttribute("transform", `translate(${at.x.toFixed(1)},${at.y.toFixed(1)})`);
      const { w, h } = og.nodes.get(id).og;
      [l, t, r, b] = [Math.min(l, at.x - w / 2), Math.min(t, at.y - h / 2), Math.max(r, at.x + w / 2), Math.max(b, at.y + h / 2)];
    }
    if (l === Infinity) [l, t, r, b] = [0, 0, 100, 100];
    drawing.setAttribute("viewBox", [l - 60, t - 60, r - l + 120, b - t + 120].map((value) => value.toFixed(0)).join(" "));
    const holder = drawing.querySelector("g.edges");
    holder.replaceChildren(...og.drawnLines().map(({ edge, d, lines, label, lit, dim, possible }) =>
      s("g", { class: `edge ${edge.og.group}${possible ? " possible" : ""}${lit ? " lit" : dim ? " dim" : ""}`, "data-id": edge.id },
        s("path", { d, "marker-end": `url(#arrow-${edge.og.group})` }),
        ...lines.map((line, k) => s("text", { x: label.x.toFixed(1), y: (label.y + 15 * k - 7.5 * (lines.length - 1)).toFixed(1) }, line)))));
  };
  og.svgText = () => {
    og.redraw();
    const copy = drawing.cloneNode(true);
    const [x, y, w, h] = copy.getAttribute("viewBox").split(" ").map(Number);
    copy.setAttribute("viewBox", `${x} ${y} ${w} ${h + 40}`);
    copy.setAttribute("width", w);
    copy.setAttribute("height", h + 40);
    copy.querySelectorAll(".in-fold").forEach((group) => group.remove());
    copy.prepend(s("style", {}, get("svg-style").textContent), s("rect", { class: "paper", x, y, width: w, height: h + 40 }));
    copy.append(s("text", { x: x + 20, y: y + h + 22, class: "standing" }, og.line()));
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}`;
  };
  og.line = () => `${og.data.privileged ? "Privileged and confidential. " : ""}Indicators, not conclusions of law. Facts as of ${og.state.date}.${og.data.audit ? ` Law as of ${og.data.audit.lawAsOf}.` : ""}`;
  og.saveSvg = () => save(new Blob([og.svgText()], { type: "image/svg+xml" }), "svg");

  og.savePng = () => {
    const source = document.querySelector("#canvas canvas");
    const foot = 34;
    const canvas = og.h("canvas", { width: source.width, height: source.height + foot });
    const ctx = canvas.getContext("2d");
    ctx.fillStyle = og.theme.paper;
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    ctx.drawImage(source, 0, 0);
    ctx.fillStyle = og.theme.ink;
    ctx.font = "16px system-ui, sans-serif";
    ctx.fillText(og.line(), 12, source.height + 22);
    canvas.toBlob((blob) => save(blob, "png"), "image/png");
  };

  /* A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
  const cell = (text) => {
    const safe = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  og.csvText = () => [og.HEADINGS, ...og.tableRows()].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  og.saveCsv = () => save(new Blob(["\ufeff", og.csvText()], { type: "text/csv;charset=utf-8" }), "csv");

  get("save-svg").addEventListener("click", og.saveSvg);
  get("save-png").addEventListener("click", og.savePng);
  get("save-csv").addEventListener("click", og.saveCsv);
  get("print").addEventListener("click", () => print());

  // --- print ------------------------------------------------------------------------------------------------------
  const about = get("about");
  let wasOpen = false;
  addEventListener("beforeprint", () => {
    og.redraw();
    wasOpen = about.open;
    about.open = true; // caveats, documents and the digest belong to what is handed on
    get("printed").replaceChildren(...og.printed());
  });
  addEventListener("afterprint", () => {
    about.open = wasOpen;
    get("printed").replaceChildren();
  });

  // --- begin ------------------------------------------------------------------------------------------------------
  const first = og.data.audit ? (og.data.controls.length ? "control" : og.results.length ? "results" : "returns") : "table";
  og.show(first);
  og.changed("start");
  const [kind, ...rest] = decodeURIComponent(location.hash.slice(1)).split("=");
  const asked = rest.join("=");
  if (kind === "result" && og.resultOf.has(asked)) {
    og.show("results");
    og.choose(asked);
  } else if (kind === "entity" && og.nodes.has(asked)) og.pick({ node: asked });
  document.documentElement.dataset.ready = "true";
})();
