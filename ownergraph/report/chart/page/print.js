/* What is printed under the drawing: who controls, findings as filtered, what is open, what to ask, authorities. */
(() => {
  const { h, data } = og;
  const { chains, decides, recorded } = og.detailOf;
  /* Items that differ only in whom they are about, told once: [[first, others]]. */
  const alike = (items, key) => {
    const groups = new Map();
    for (const item of items) {
      const same = key(item);
      if (!groups.has(same)) groups.set(same, []);
      groups.get(same).push(item);
    }
    return [...groups.values()];
  };
  const names = (items, of) => items.map(of).join("; ");
  const stop = (text) => (text.endsWith(".") ? text : `${text}.`);

  /* Who controls a practice at the top, and through whom; the owner of record; who may. As the memo has it. */
  const brief = (answer, rest) => {
    const certain = answer.by.filter((by) => by.certain);
    const tops = certain.filter((by) => by.ultimate);
    const shown = tops.length ? tops : certain;
    const between = certain.filter((by) => !shown.includes(by));
    const possible = answer.by.filter((by) => !by.certain && !by.physician);
    const [said] = og.told(answer);
    return h("li", null, h("b", null, `${og.name(answer.practice)} (${answer.state}): `), `${said}.`,
      shown.map((by) => [h("p", null, `${og.name(by.who)}, ${by.label}, ${by.lent ? "is owner of record; others may use the votes" : `controls it by ${by.how}`}:`), chains(by.path)]),
      between.length ? h("p", null, stop(`Through: ${names(between, (by) => og.name(by.who))}`)) : null,
      possible.length ? h("p", null, `Possible, where facts are missing: ${possible.map((by) => `${og.name(by.who)} (${by.how})`).join(", ")}.`) : null,
      answer.answer === "undecided" ? h("ul", null, answer.questions.map((number) => h("li", null, data.questions[number]))) : null,
      answer.score && !og.state.client ? h("p", { class: "small" }, `Control score ${answer.score} of 100 (heuristic, for triage only; threshold ${data.audit.threshold}).`) : null,
      rest.length ? h("p", { class: "small" }, stop(`The same for ${names(rest, (a) => `${og.name(a.practice)} (${a.state})`)}`)) : null);
  };
  const controls = () => {
    const key = (a) => JSON.stringify([a.state, a.answer, a.score, a.by.map((by) => [by.physician ? "" : by.who, by.how, by.certain, by.ultimate]), a.answer === "undecided" ? a.practice : ""]);
    const groups = alike(data.controls || [], key);
    return groups.length ? h("section", null, h("h2", null, "Who controls each practice"), h("ul", { class: "plain columns" }, groups.map(([first, ...rest]) => brief(first, rest)))) : null;
  };

  const cited = new Set();
  const authorities = (result) => {
    (result.authorities || []).forEach((id) => cited.add(id));
    return result.authorities ? `Authority: ${result.authorities.map((id) => `${data.authorities[id][0]} [${data.verified[data.authorities[id][2]]}]`).join("; ")}. ` : "No authority beyond the rule itself. ";
  };
  const FEW = 10;
  const places = (result) => {
    const all = recorded(result.rows);
    return all.length ? `Recorded in: ${all.slice(0, FEW).join("; ")}${all.length > FEW ? `; and ${all.length - FEW} more, which the file lists` : ""}.` : "";
  };
  const severity = (result) => (og.state.client || !result.severity ? "" : `${result.severity}, `);
  const finding = ([first, ...rest]) => h("li", null,
    h("b", null, `${first.rule}${first.state ? ` (${first.state})` : ""}: `), h("span", { dir: "auto" }, stop(first.message)),
    chains(first.path),
    h("div", { class: "small" }, `${severity(first)}basis ${first.basis}. `, authorities(first), first.clears ? `Would clear it: ${first.clears} ` : "", places(first)),
    rest.length ? h("div", { class: "small" }, ["By the same rule and authorities: ", h("ul", null, rest.map((one) => h("li", { dir: "auto" }, stop(one.message), " ", places(one))))]) : null);
  const findings = (results) => {
    const groups = alike(results, (r) => JSON.stringify([r.rule, r.state, r.severity, r.authorities]));
    const rank = ([first]) => og.SEVERITIES.indexOf(first.severity || "info");
    groups.sort((a, b) => rank(b) - rank(a));
    return groups.length ? h("section", null, h("h2", null, `Findings (${results.length.toLocaleString("en-US")})`), h("ul", { class: "plain columns" }, groups.map(finding))) : null;
  };

  const OPEN = 40;
  const asked = () => {
    const all = data.asked || [];
    return all.length ? h("section", null, h("h2", null, "What to ask, most decisive first"), h("ol", { class: "columns" }, all.slice(0, OPEN).map((one) => {
      return h("li", null, data.questions[one.text], h("span", { class: "small" }, ` (${decides(one)})`));
    })), all.length > OPEN ? h("p", null, `${all.length - OPEN} more questions are in the file, under "What to ask".`) : null) : null;
  };
  const folded = () => {
    const folds = og.folds().filter((fold) => og.at.has(fold.id));
    return folds.length ? h("section", null, h("h2", null, "Drawn as one box"), h("ul", { class: "plain" }, folds.map((fold) => h("li", null, h("b", null, `${fold.og.name}: `), stop(names(fold.og.members.filter((id) => og.nodes.get(id).og.shape !== "account"), og.name)))))) : null;
  };
  const table = () => cited.size ? h("section", null, h("h2", null, "Authorities"), h("ul", { class: "plain columns small" }, [...cited].map((id) => data.authorities[id]).sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, whole, verification, consequence, how]) =>
    h("li", null, `${whole} [${data.verified[verification] || verification}].`, consequence ? ` Possible consequence: ${consequence} [${data.verified[how] || how}].` : "")))) : null;

  /* The document, section by section; what filters leave out is said. */
  og.printed = () => {
    cited.clear();
    const shown = og.results.length ? og.matching() : [];
    const left = og.results.length - shown.length;
    const found = shown.filter((result) => result.outcome === "found");
    const open = shown.length - found.length;
    return [
      folded(), controls(),
      left ? h("p", null, `Filters leave out ${left.toLocaleString("en-US")} results.`) : null,
      findings(found),
      open ? h("p", null, `${open.toLocaleString("en-US")} results are undecided; the questions below are theirs.`) : null,
      asked(), table(),
    ].filter(Boolean);
  };
})();
