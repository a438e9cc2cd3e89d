/* Search, filters, the day, focus, theme, keyboard, the client's copy. */
(() => {
  const { h } = og;
  const get = (id) => document.getElementById(id);

  // --- search ---------------------------------------------------------------------------------------------------
  const box = get("search");
  const list = get("suggestions");
  const known = [...og.nodes.values()].filter((node) => !node.og.members).map((node) => ({
    id: node.id, name: node.og.name, low: [node.og.name, ...(node.og.facts || []).filter(([label]) => label !== "Recorded in").map(([, value]) => value)].join("\n").toLowerCase(),
  }));
  const MOST = 8;
  let chosen = -1;
  og.find = (text) => {
    const low = text.trim().toLowerCase();
    if (!low) return [];
    const starts = [];
    const inside = [];
    for (const one of known) {
      const at = one.low.indexOf(low);
      if (at === 0) starts.push(one);
      else if (at > 0) inside.push(one);
      if (starts.length >= MOST) break;
    }
    return [...starts, ...inside].slice(0, MOST);
  };
  const suggest = () => {
    const found = og.find(box.value);
    chosen = -1;
    list.replaceChildren(...found.map((one, number) => h("li", { role: "option", id: `suggestion-${number}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); take(one); } }, h("bdi", null, one.name))));
    if (box.value.trim() && !found.length) list.replaceChildren(h("li", { class: "none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "nobody of that name"));
    const open = Boolean(box.value.trim());
    list.hidden = !open;
    box.setAttribute("aria-expanded", String(open));
    box.removeAttribute("aria-activedescendant");
    return found;
  };
  const close = () => {
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
  };
  const take = (one) => {
    box.value = one.name;
    close();
    if (og.state.focus && !og.state.focus.members.has(one.id)) og.unfocus();
    if (og.state.lit) og.dark();
    og.pick({ node: one.id });
    og.fit(og.around(one.id));
  };
  box.addEventListener("input", suggest);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll('[role="option"]:not(.none)')];
    if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      const found = og.find(box.value);
      if (found.length) take(found[Math.max(0, chosen)]);
      event.preventDefault();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && items.length) {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
      items.forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
      box.setAttribute("aria-activedescendant", items[chosen].id);
      event.preventDefault();
    }
  });

  // --- relations, roles -------------------------------------------------------------------------------------------
  const used = new Set([...og.edges.values()].map((edge) => edge.og.group));
  for (const [group, label] of Object.entries(og.data.groups)) {
    if (!used.has(group)) continue;
    get("groups").append(h("label", { class: "group" },
      h("input", { type: "checkbox", "data-group": group, checked: og.state.groups.has(group), onchange: (event) => { og.state.groups[event.target.checked ? "add" : "delete"](group); og.changed("groups"); } }),
      h("span", { class: `swatch ${group}`, "aria-hidden": "true" }), label));
  }
  const role = get("role");
  role.append(...og.roles.map((name) => h("option", { value: name }, name)));
  role.closest("label").hidden = !og.roles.length;
  role.addEventListener("change", () => { og.state.role = role.value; og.changed("role"); });

  // --- the day ----------------------------------------------------------------------------------------------------
  const slider = get("day");
  slider.max = og.days.length - 1;
  slider.value = og.days.indexOf(og.data.asOf);
  slider.disabled = og.days.length < 2;
  const tell = () => {
    const day = og.state.date;
    slider.setAttribute("aria-valuetext", day);
    get("day-text").textContent = og.days.length < 2 ? `${day} (no other days are recorded)` : day;
    get("elsewhen").hidden = day === og.data.asOf;
    get("elsewhen-text").textContent = `The chart shows ${day}. Results are as of ${og.data.asOf}.`;
  };
  slider.addEventListener("input", () => { og.state.date = og.days[slider.value]; tell(); og.changed("date"); });
  get("today").addEventListener("click", () => { og.state.date = og.data.asOf; slider.value = og.days.indexOf(og.data.asOf); tell(); og.changed("date"); });
  tell();

  // --- focus, light, folds ----------------------------------------------------------------------------------------
  const WAY = { up: "what is above", down: "what is below", both: "what is above and below" };
  og.onChange(() => {
    const { focus, lit } = og.state;
    get("focus-note").hidden = !focus;
    get("focus-text").textContent = focus ? `Only ${og.name(focus.id)} and ${WAY[focus.way]}.` : "";
    get("lit-note").hidden = !lit;
    get("lit-text").textContent = lit ? lit.rows.size ? `${og.plural(lit.rows.size, "row")} of evidence lit${lit.possible ? ", dashed because it is only possible" : ""}; the rest is dimmed.` : "No row of the input is evidence; the parties are lit." : "";
    get("fold-all").hidden = !og.folds().length;
    get("fold-all").textContent = og.folds().every((node) => og.state.open.has(node.id)) ? "Close folds" : "Open folds";
  });
  get("unfocus").addEventListener("click", og.unfocus);
  get("dark").addEventListener("click", og.dark);
  get("fold-all").addEventListener("click", () => {
    const folds = og.folds();
    const all = folds.every((node) => og.state.open.has(node.id));
    folds.forEach((node) => og.state.open[all ? "delete" : "add"](node.id));
    og.changed("folds");
  });
  get("fit").addEventListener("click", () => og.fit(null));
  const zoom = (factor) => og.network.moveTo({ scale: Math.min(4, Math.max(0.02, og.network.getScale() * factor)) });
  get("zoom-in").addEventListener("click", () => zoom(1.3));
  get("zoom-out").addEventListener("click", () => zoom(1 / 1.3));

  // --- theme, client's copy ---------------------------------------------------------------------------------------
  get("theme").addEventListener("click", () => og.setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  const client = get("client");
  client.checked = og.state.client;
  client.closest("label").hidden = !og.data.audit || og.data.audit.client;
  client.addEventListener("change", () => { og.state.client = client.checked; og.changed("client"); });

  // --- keyboard ---------------------------------------------------------------------------------------------------
  addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input:not([type=checkbox]):not([type=range]), select, textarea");
    if (event.key === "Escape") {
      if (og.state.lit) og.dark();
      else if (og.state.focus) og.unfocus();
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { box.focus(); box.select(); event.preventDefault(); }
    if (event.target.id !== "canvas" && event.target !== document.body) return;
    const step = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -80], ArrowDown: [0, 80] }[event.key];
    if (step) {
      const { x, y } = og.network.getViewPosition();
      const scale = og.network.getScale();
      og.network.moveTo({ position: { x: x + step[0] / scale, y: y + step[1] / scale } });
      event.preventDefault();
    }
    if (event.key === "+" || event.key === "=") zoom(1.3);
    if (event.key === "-") zoom(1 / 1.3);
    if (event.key === "0") og.fit(null);
  });
})();
