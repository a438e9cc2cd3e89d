/* Beside the chart: who controls, results, what to ask, value that comes back, and one box or line on its own. */
(() => {
  const data = og.data;
  /* An element; text is always text, never markup. */
  const h = (tag, fields, ...inside) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(fields || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "class") element.className = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...inside.flat(3).filter((part) => part !== null && part !== undefined && part !== false));
    return element;
  };
  og.h = h;
  const bdi = (text) => h("bdi", null, text);
  const who = (id) =>
    og.nodes.has(id)
      ? h("button", { class: "link", type: "button", onclick: () => og.pick({ node: id }) }, bdi(og.name(id)))
      : bdi(og.name(id));
  og.who = who;
  const plural = (count, one, many) => `${count.toLocaleString("en-US")} ${count === 1 ? one : many || `${one}s`}`;
  og.plural = plural;
  const bodies = { control: "panel-control", results: "panel-results", ask: "panel-ask", returns: "panel-returns", table: "panel-table", one: "panel-one" };
  const PAGE = 60; // results that the list shows at first
  og.body = (tab) => document.getElementById(bodies[tab]);

  // --- tabs -----------------------------------------------------------------------------------------------------
  const tabs = [...document.querySelectorAll('[role="tab"]')];
  og.show = (name) => {
    for (const tab of tabs) {
      const on = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
      og.body(tab.dataset.tab).hidden = !on;
    }
    og.tab = name;
    og.render(name);
  };
  tabs.forEach((tab) => {
    tab.addEventListener("click", () => og.show(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const open = tabs.filter((other) => !other.hidden);
      const next = open[(open.indexOf(tab) + step + open.length) % open.length];
      next.focus();
      og.show(next.dataset.tab);
      event.preventDefault();
    });
  });
  const drawers = {};
  og.drawer = (name, draw) => (drawers[name] = draw);
  og.render = (name) => drawers[name] && og.body(name).replaceChildren(...drawers[name]().flat(3).filter(Boolean));

  // --- parts ----------------------------------------------------------------------------------------------------
  const chip = (result) => {
    const open = result.outcome === "undecided";
    const level = result.severity && !og.state.client ? result.severity : "";
    return h("span", { class: open ? "chip hollow" : `chip full ${level}` }, open ? "undecided" : og.state.client || !level ? "found" : level);
  };
  const chains = (lines) => lines && lines.length ? h("div", { class: "chains" }, lines.map((line) => h("p", { class: "chain", dir: "auto" }, line))) : null;
  const authority = (id) => {
    const [short, whole, verification, consequence, how] = data.authorities[id];
    return h("li", null,
      h("span", { title: whole }, short), " ", h("span", { class: `verified ${verification}` }, data.verified[verification] || verification),
      consequence ? h("div", { class: "small" }, `Possible consequence: ${consequence} (${data.verified[how] || how}).`) : null);
  };
  /* Document and place of a row; a client's copy names documents only. */
  og.recorded = (row) => {
    const r = og.row(row);
    return [r.source, og.state.client ? null : r.place].filter(Boolean).join(", ");
  };
  const recorded = (rows) => [...new Set((rows || []).map(og.recorded).filter(Boolean))];
  const sources = (rows) => {
    const said = recorded(rows);
    return said.length ? h("ul", { class: "plain small" }, said.slice(0, 12).map((text) => h("li", { dir: "auto" }, text)), said.length > 12 ? h("li", null, `and ${said.length - 12} more`) : null) : null;
  };
  const field = (label, ...inside) => {
    const full = inside.flat(3).filter(Boolean);
    return full.length ? h("div", { class: "field" }, h("h4", null, label), full) : null;
  };
  const questions = (numbers) => numbers && numbers.length ? h("ul", { class: "ask" }, numbers.map((number) => h("li", null, data.questions[number]))) : null;

  const detail = (result) => h("div", { class: "detail" },
    result.outcome === "undecided" ? field("What would decide it", questions(result.questions)) : null,
    field("Path", chains(result.path)),
    field("Parties", h("ul", { class: "plain" }, result.parties.map(([role, id]) => h("li", null, `${role}: `, who(id))))),
    field("Basis", h("p", null, result.basis)),
    field("Authority", result.authorities ? h("ul", { class: "plain" }, result.authorities.map(authority)) : h("p", null, "No authority beyond the rule itself.")),
    field("Exceptions and safe harbors", result.defenses ? h("ul", { class: "plain small" }, result.defenses.map((text) => h("li", null, text))) : null),
    result.clears ? field("What would clear it", h("p", null, result.clears)) : null,
    result.rows ? field("Recorded in", sources(result.rows)) : h("p", { class: "small" }, "It rests on what the input does not list: no row of it is evidence. Its parties are lit."),
    data.linked && data.linked[result.id] ? h("p", { class: "small" }, h("a", { href: data.links[result.rule] + data.linked[result.id], rel: "noreferrer", target: "_blank" }, "Query in Neo4j Browser")) : null,
    h("p", { class: "small faint" }, result.id));
  const card = (result) => {
    const on = og.state.lit && og.state.lit.about === result.id;
    return h("li", { class: `card${on ? " on" : ""}`, "data-result": result.id },
      h("button", { type: "button", class: "head", "aria-expanded": String(Boolean(on)), onclick: () => og.choose(result.id) },
        chip(result), h("span", { class: "code" }, result.rule), result.state ? h("span", { class: "code" }, result.state) : null,
        h("span", { class: "text", dir: "auto" }, result.message)),
      on ? detail(result) : result.outcome === "undecided" && result.questions ? h("p", { class: "question" }, data.questions[result.questions[0]]) : null);
  };
  let shown = PAGE;
  og.choose = (id) => {
    const lit = og.state.lit;
    if (lit && lit.about === id) return og.dark();
    const result = og.resultOf.get(id);
    og.light(result.rows || [], id, { parties: result.parties.map(([, who]) => who), possible: result.outcome === "undecided" });
    const card = () => document.querySelector(`[data-result="${CSS.escape(id)}"]`);
    if (og.tab === "results" && !card()) {
      // it stands behind a filter, or further down than the list goes
      if (!og.matching().includes(result)) Object.keys(og.filter).forEach((name) => (og.filter[name] = ""));
      shown = og.results.length;
      og.render("results");
    }
    const open = card();
    if (open) {
      open.scrollIntoView({ block: "nearest" });
      open.querySelector(".head").focus({ preventScroll: true });
    }
  };

  // --- results --------------------------------------------------------------------------------------------------
  og.filter = { family: "", state: "", verification: "", outcome: "", practice: "" };
  const family = (result) => result.rule.replace(/-\d+$/, "");
  const verifications = (result) => (result.authorities || []).map((id) => data.authorities[id][2]);
  og.matching = () => og.results.filter((result) =>
    (!og.filter.family || family(result) === og.filter.family) && (!og.filter.state || result.state === og.filter.state) &&
    (!og.filter.outcome || result.outcome === og.filter.outcome) &&
    (!og.filter.practice || result.parties.some(([, who]) => who === og.filter.practice)) &&
    (!og.filter.verification || verifications(result).includes(og.filter.verification)));
  const options = (of) => [...new Set(og.results.flatMap(of).filter(Boolean))].sort();
  const select = (name, label, values, said) => h("label", null, h("span", null, label),
    h("select", { "aria-label": label, "data-filter": name, onchange: (event) => { og.filter[name] = event.target.value; shown = PAGE; og.render("results"); document.querySelector(`[data-filter=${name}]`).focus(); } },
      h("option", { value: "" }, "all"), values.map((value) => h("option", { value, selected: og.filter[name] === value }, said ? said[value] || value : value))));
  og.drawer("results", () => {
    const all = og.matching();
    const rank = (result) => (result.outcome === "found" ? 100 : 0) + og.SEVERITIES.indexOf(result.severity || "info");
    const groups = new Map();
    for (const result of all) {
      if (!groups.has(result.arrangement)) groups.set(result.arrangement, []);
      groups.get(result.arrangement).push(result);
    }
    const sorted = [...groups].map(([title, group]) => [title, group.sort((a, b) => rank(b) - rank(a))]).sort((a, b) => rank(b[1][0]) - rank(a[1][0]) || b[1].length - a[1].length);
    const out = [];
    let left = Math.max(shown, 1);
    for (const [title, group] of sorted) {
      if (left <= 0) break;
      const part = group.slice(0, left);
      left -= part.length;
      out.push(h("section", null, h("h3", { dir: "auto" }, title, h("span", { class: "count" }, ` ${group.length}`)), h("ul", { class: "cards" }, part.map(card))));
    }
    return [
      h("div", { class: "filters" }, select("outcome", "Outcome", ["found", "undecided"]), select("family", "Family", options((r) => [family(r)])),
        select("state", "State", options((r) => [r.state])), select("verification", "Law", options(verifications), data.verified)),
      og.filter.practice ? h("p", { class: "small" }, "Only about ", who(og.filter.practice), ". ", h("button", { type: "button", class: "link", onclick: () => { og.filter.practice = ""; og.render("results"); } }, "Show all parties")) : null,
      h("p", { class: "small", role: "status" }, `${plural(all.filter((r) => r.outcome === "found").length, "finding")}, ${all.filter((r) => r.outcome === "undecided").length.toLocaleString("en-US")} undecided. Hollow marks are undecided: they show the question.`),
      out,
      all.length > shown ? h("button", { type: "button", class: "more", onclick: () => { shown += 200; og.render("results"); } }, `Show more (${(all.length - shown).toLocaleString("en-US")} left)`) : null,
    ];
  });

  // --- who controls ---------------------------------------------------------------------------------------------
  const TIER = { 1: "votes", 2: "contract" };
  const controller = (by) => {
    const how = by.lent ? "owner of record; others may use the votes" : `${by.ultimate ? "ultimately " : ""}controls it by ${by.how}`;
    return h("li", null, h("p", null, h("b", null, who(by.who)), `, ${by.label}: ${by.certain ? how : `may control it by ${by.how}`} (tier ${by.tier}: ${TIER[by.tier]}). `,
      h("span", { class: by.certain ? "sure" : "maybe" }, by.certain ? "Certain on the facts given." : "Possible only: facts are missing.")),
      by.missing.length ? h("div", { class: "small" }, "It hangs on:", questions(by.missing)) : null,
      by.ring.length ? h("p", { class: "small" }, `In a ring with ${by.ring.filter((m) => m !== by.who).map(og.name).join(", ")}.`) : null,
      chains(by.path),
      h("button", { type: "button", class: "light", onclick: () => og.light(by.rows, `control:${by.who}`, { possible: !by.certain }) }, "Show on the chart"));
  };
  const MARK = { indicated: "full high", undecided: "hollow", "signs only": "full medium", "not indicated": "full clear" };
  og.told = (answer) => answer.told[og.state.client ? answer.told.length - 1 : 0];
  const opened = new Map(); // what the reader has opened or closed stays so when the panel is drawn anew
  const control = (answer, open, fixed) => {
    const [said, mark] = og.told(answer);
    const key = `${answer.practice}\n${answer.state}`;
    return h("details", { class: "who", open: fixed || (opened.get(key) ?? open), ontoggle: fixed ? null : (event) => opened.set(key, event.target.open) },
    h("summary", null, h("b", null, bdi(og.name(answer.practice))), ` (${answer.state}) `, h("span", { class: `chip ${MARK[mark]}` }, mark)),
    h("p", null, `${said.replace(/^./, (c) => c.toUpperCase())}.`),
    h("ul", { class: "plain" }, answer.by.map(controller), answer.by.length ? null : h("li", null, "Nobody is known to control it.")),
    answer.score && !og.state.client ? h("p", { class: "small" }, `Control score ${answer.score} of 100 (heuristic, for triage only; threshold ${data.audit.threshold}${answer.indicators ? ", reached: indicators of control" : ", not reached"}). `,
      h("button", { type: "button", class: "link", onclick: () => { Object.assign(og.filter, { family: "CTRL", state: answer.state, verification: "", outcome: "found", practice: answer.practice }); og.show("results"); } }, "What it is made of")) : null,
    answer.questions.length ? field("What to ask", questions(answer.questions)) : null);
  };
  og.drawer("control", () => {
    const order = ["indicated", "undecided", "signs only", "not indicated"];
    const mark = (answer) => og.told(answer)[1];
    const all = [...(data.controls || [])].sort((a, b) => order.indexOf(mark(a)) - order.indexOf(mark(b)));
    const count = (one) => all.filter((a) => mark(a) === one).length;
    if (!all.length) return [h("p", null, "No practice with a state is in the structure.")];
    return [h("p", { class: "small" }, `${plural(all.length, "practice")} by state: ${order.map((one) => [count(one), one]).filter(([many]) => many).map(([many, one]) => `${many} ${one === "signs only" ? "with signs only (indicators, but no control by votes or contracts)" : one}`).join(", ")}. `, h("button", { type: "button", class: "link", onclick: () => { document.getElementById("about").open = true; document.getElementById("words").scrollIntoView({ block: "start" }); } }, "What the words mean")), all.map((answer) => control(answer, all.length <= 3))];
  });

  // --- what to ask ----------------------------------------------------------------------------------------------
  /* Rules whose results wait for a question. */
  const decides = (one) => {
    const rules = [...new Set(one.results.map((id) => id.split("/")[0]))].sort();
    return `${rules.slice(0, 6).join(", ")}${rules.length > 6 ? " and others" : ""}`;
  };
  og.drawer("ask", () => {
    const asked = data.asked || [];
    return asked.length ? [h("p", { class: "small" }, "Most decisive first. A click lights up what the results that wait for it rest on."),
      h("ol", { class: "asked" }, asked.map((one) => {
        return h("li", null, h("button", { type: "button", class: "link left", onclick: () => og.light([...new Set(one.results.flatMap((id) => og.resultOf.get(id).rows || []))], `ask:${one.text}`) }, data.questions[one.text]),
          h("div", { class: "small faint" }, `${one.kind === "law" ? "Law. " : ""}Would help decide ${decides(one)} (${plural(one.results.length, "result")}).`));
      }))] : [h("p", null, "No result is undecided on the facts given. What a finding says under \u201cWhat would clear it\u201d, and elements of exceptions and safe harbors that are not recorded there, are still worth asking for.")];
  });

  // --- value that comes back --------------------------------------------------------------------------------------
  const usd = (amount) => amount === null || amount === undefined ? "amount not recorded" : amount.toLocaleString("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
  const HOW = { self: "the referrer itself", owner: "an owner of the referrer", owned: "a company of the referrer", family: "family of the referrer", employer: "the employer of the referrer", group: "the group of the referrer" };
  og.trace = (one, about) => {
    const order = [one.referrals[0], ...one.paths[0]].filter(Boolean);
    og.light(order, about);
    order.forEach((row, step) => og.state.lit.order.set(row, step));
    og.changed("lit");
  };
  og.drawer("returns", () => {
    const all = data.returns || [];
    const [refers, pays] = ["REFERS_TO", "PAYS"].map((relation) => Object.values(data.rows).filter((r) => r[0] === relation).length);
    const none = refers ? `None on the facts given: ${plural(refers, "row")} of referrals and ${plural(pays, "payment")} are recorded.` : "No referrals are recorded, so nothing could be looked for; that is not a sign that there are none.";
    const related = data.relationships || [];
    const paths = all.map((one, number) => {
      const about = `return:${number}`;
      const on = og.state.lit && og.state.lit.about === about;
      const order = [one.referrals[0], ...one.paths[0]].filter(Boolean);
      return h("li", { class: `card${on ? " on" : ""}` },
        h("button", { type: "button", class: "head", "aria-expanded": String(Boolean(on)), onclick: () => (on ? og.dark() : og.trace(one, about)) },
          h("span", { class: `chip ${one.certain ? "full" : "hollow"}` }, one.certain ? "linked" : "possible"),
          h("span", { class: "text" }, `${og.name(one.referrer)} refers to ${og.name(one.receiver)}; value comes back to ${og.name(one.taker)}${one.taker === one.referrer ? "" : `, ${HOW[one.how]}`}: ${usd(one.amount)}`)),
        on ? h("div", { class: "detail" }, h("ol", { class: "steps" }, order.map((row) => h("li", { dir: "auto" }, og.sentence(row)))),
          h("p", { class: "small" }, [one.order ? `Value ${{ before: "before", after: "after", overlap: "in the time of" }[one.order]} the referrals. ` : "", one.proxy ? "Shared-patient counts stand for referrals: a proxy. " : "", one.first ? `${one.first} to ${one.last || "now"}. ` : "", one.truncated ? "The search was cut short: paths may be missing." : ""].join("")),
          field("Recorded in", sources(order))) : null);
    });
    return [
      h("h3", null, "Value that comes back to those who refer"), h("p", { class: "small" }, "The question of the Anti-Kickback Statute. Each path begins and ends with the referrer."),
      paths.length ? h("ul", { class: "cards" }, paths) : h("p", null, none),
      h("h3", null, "Financial relationships of those who refer"), h("p", { class: "small" }, "The question of the Stark law: ownership or compensation, in force at a referral. No return of money is part of it."),
      related.length ? h("ul", { class: "cards" }, related.map((one, number) => {
        const about = `related:${number}`;
        const on = og.state.lit && og.state.lit.about === about;
        return h("li", { class: `card${on ? " on" : ""}` },
          h("button", { type: "button", class: "head", "aria-expanded": String(Boolean(on)), onclick: () => (on ? og.dark() : og.light(one.rows, about)) },
            h("span", { class: `chip ${one.inForce ? "full" : "hollow"}` }, one.kind),
            h("span", { class: "text" }, `${og.name(one.referrer)} refers to ${og.name(one.receiver)}; ${one.direct ? "direct" : "indirect"} ${one.kind} of ${og.name(one.party)}`)),
          on ? h("div", { class: "detail" }, h("ul", { class: "plain" }, one.rows.map((row) => h("li", { dir: "auto" }, og.sentence(row)))),
            h("p", { class: "small" }, `${one.inForce === null ? "Whether it was in force at a referral is not recorded." : one.inForce ? "In force at a referral." : "Not in force at a referral."}${one.services.length ? ` Services: ${one.services.join(", ")}.` : ""}`),
            field("Recorded in", sources(one.rows))) : null);
      })) : h("p", null, none),
    ];
  });

  og.detailOf = { chains, field, card, control, decides, recorded };
  og.onChange((what) => {
    if (what === "lit" || what === "client" || what === "theme") if (og.tab !== "table") og.render(og.tab);
    document.body.classList.toggle("client", og.state.client);
    document.getElementById("client-mark").hidden = !og.state.client;
  });
})();
