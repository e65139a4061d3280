"use strict";
// A table of many runs. What is shown is kept in the address, so that a view can be sent to somebody.

const data = JSON.parse(document.getElementById("data").textContent);
const field = (name) => document.getElementById(name);
const PAGE = 100;
const DEFAULTS = { board: "0", columns: "suites", find: "", unranked: "", sort: "-headline" };
let state = { ...DEFAULTS };
let shown = PAGE;
const open = new Set();

// Made of text, never of markup: the names come from strangers.
function make(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

const decimals = (cell) => {
  if (cell[1] === null || cell[2] === null || cell[1].toFixed(2) === cell[2].toFixed(2)) return 2;
  const [digit, power] = ((cell[2] - cell[1]) / 3.92).toExponential(0).split("e");
  return Math.min(3, Math.max(0, -Number(power) + (digit === "1" ? 1 : 0)));
};
const percent = (share) => (share === null ? "–" : `${Math.min(share < 1 ? 99 : 100, Math.max(share > 0 ? 1 : 0, Math.round(100 * share)))} %`);

// Columns: a key to sort by, a heading, and the number [value, low, high, worlds, ...] of a run, or a text.
function columns() {
  const numbers = state.columns === "suites"
    ? data.suites.map((name, i) => ({ key: name, title: name, cell: (run) => run.suites[i] || null, kind: "suite" }))
    : data.probes
      .map((name, i) => ({ key: name, title: name.split("/").pop().replaceAll("_", " "), cell: (run) => run.probes[i] || null, kind: "probe" }))
      .filter((column) => column.key.startsWith(`${state.columns}/`));
  const used = numbers.filter((column) => onBoard().some((run) => column.cell(run)));
  return [
    { key: "model", title: "model", text: (run) => run.model },
    { key: "headline", title: "headline", cell: (run) => run.headline, kind: "headline" },
    { key: "worlds", title: "worlds", value: (run) => run.headline[3], show: (run) => String(run.headline[3]) },
    { key: "coverage", title: "coverage", value: (run) => run.coverage, show: (run) => percent(run.coverage) },
    ...used,
    { key: "clips", title: "clips", value: (run) => run.clips, show: (run) => String(run.clips) },
    { key: "when", title: "made", text: (run) => run.when },
  ];
}

const onBoard = () => data.runs.filter((run) => run.board === Number(state.board));
const noneRanked = () => onBoard().every((run) => run.unranked.length > 0); // then all are shown
const flagged = (column, run) => {
  const cell = column.cell(run);
  if (column.kind === "suite") return !cell[4];
  return column.kind === "probe" ? cell[5] !== "" : run.unranked.length > 0;
};

function ranks() {
  const ranked = onBoard().filter((run) => run.unranked.length === 0);
  const order = ranked.map((run) => run.headline[0]).sort((a, b) => b - a);
  return new Map(ranked.map((run) => [run, order.indexOf(run.headline[0]) + 1]));
}

function chosen() {
  const words = state.find.toLowerCase().split(/\s+/).filter(Boolean);
  const hit = (run) => {
    const text = `${run.model} ${run.weights} ${run.run} ${run.clip} ${run.when}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return onBoard().filter((run) => (state.unranked || noneRanked() || run.unranked.length === 0) && hit(run));
}

function sorted(runs, all) {
  const down = state.sort.startsWith("-");
  const column = all.find((one) => one.key === state.sort.replace(/^-/, "")) ?? all[1];
  const value = (run) => {
    if (column.text) return column.text(run);
    return column.cell ? (column.cell(run)?.[0] ?? null) : column.value(run);
  };
  // What has no number, or one with a flag, comes last whichever way the others go.
  const last = (run) => value(run) === null || (column.cell && column.cell(run) && flagged(column, run) ? 1 : 0);
  return [...runs].sort((a, b) => {
    if (last(a) !== last(b)) return last(a) - last(b);
    const [x, y] = [value(a), value(b)];
    const order = typeof x === "string" ? x.localeCompare(y) : x - y;
    return (down ? -order : order) || a.model.localeCompare(b.model) || a.run.localeCompare(b.run);
  });
}

function numberCell(column, run) {
  const td = make("td");
  const cell = column.cell(run);
  if (!cell || cell[0] === null) { td.textContent = "–"; return td; }
  const places = decimals(cell);
  const hollow = flagged(column, run);
  td.append(make("span", cell[0].toFixed(places), `number${hollow ? " hollow" : ""}`));
  if (cell[1] !== null) td.append(" ", make("span", `[${cell[1].toFixed(places)}, ${cell[2].toFixed(places)}]`, "interval"));
  td.title = `${cell[3]} worlds${column.kind === "probe" ? `, coverage ${percent(cell[4])}` : ""}${hollow ? "; not ranked" : ""}`;
  return td;
}

function rowOf(run, rank, all) {
  const tr = make("tr", undefined, run.unranked.length ? "unranked" : "");
  tr.append(make("td", rank === undefined ? "–" : String(rank), "rank"));
  for (const column of all) {
    if (column.key === "model") {
      const th = make("th");
      th.scope = "row";
      const button = make("button", run.model, "name");
      button.type = "button";
      button.setAttribute("aria-expanded", String(open.has(run)));
      button.addEventListener("click", () => { if (!open.delete(run)) open.add(run); draw(); });
      th.append(button);
      tr.append(th);
    } else if (column.cell) tr.append(numberCell(column, run));
    else tr.append(make("td", column.text ? column.text(run) : column.show(run), "count"));
  }
  return tr;
}

function detailsOf(run, width) {
  const tr = make("tr", undefined, "details");
  const td = make("td");
  td.colSpan = width;
  const list = make("dl");
  const add = (name, text) => {
    if (!text) return;
    const div = make("div");
    div.append(make("dt", name), make("dd", text));
    list.append(div);
  };
  add("unranked", run.unranked.join("; "));
  add("weights", run.weights || "no digest");
  add("run", `${run.run}, ${run.clip}`);
  add("signature", run.signature);
  const weakest = data.probes
    .map((name, i) => [name, run.probes[i]])
    .filter(([, cell]) => cell && cell[0] !== null && cell[5] === "")
    .sort((a, b) => a[1][0] - b[1][0]);
  const named = (rows) => rows.map(([name, cell]) => `${name} ${cell[0].toFixed(2)}`).join(", ");
  add("weakest", named(weakest.slice(0, 3)));
  add("strongest", named(weakest.slice(-3).reverse()));
  td.append(list);
  if (run.href) {
    const link = make("a", "Report with clips");
    link.href = run.href;
    td.append(link);
  }
  tr.append(td);
  return tr;
}

function headOf(all) {
  const tr = make("tr");
  const rank = make("th", "rank");
  rank.scope = "col";
  tr.append(rank);
  for (const column of all) {
    const th = make("th");
    th.scope = "col";
    const active = state.sort.replace(/^-/, "") === column.key;
    if (active) th.setAttribute("aria-sort", state.sort.startsWith("-") ? "descending" : "ascending");
    const button = make("button", column.title, "sort");
    button.type = "button";
    button.addEventListener("click", () => {
      const falling = active ? !state.sort.startsWith("-") : !column.text;
      change({ sort: (falling ? "-" : "") + column.key });
      field("table").querySelector("th[aria-sort] button")?.focus(); // the button was made anew
    });
    th.append(button);
    tr.append(th);
  }
  return tr;
}

function draw() {
  const all = columns();
  const runs = sorted(chosen(), all);
  const rank = ranks();
  const table = field("table");
  table.tHead.replaceChildren(headOf(all));
  const rows = runs.slice(0, shown).flatMap((run) => {
    const row = rowOf(run, rank.get(run), all);
    return open.has(run) ? [row, detailsOf(run, all.length + 1)] : [row];
  });
  table.tBodies[0].replaceChildren(...rows);
  const hidden = onBoard().filter((run) => run.unranked.length).length;
  const unranked = `${hidden} unranked run${hidden === 1 ? "" : "s"}`;
  const aside = noneRanked() ? "; none is ranked: a name says why" : hidden && !state.unranked ? `; ${unranked} not shown` : "";
  field("unranked").disabled = noneRanked();
  field("count").textContent = `${Math.min(shown, runs.length)} of ${onBoard().length} runs${aside}`;
  field("more").hidden = runs.length <= shown;
}

function change(changes) {
  state = { ...state, ...changes };
  shown = PAGE;
  const said = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  const address = said.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  draw();
}

function fromAddress() {
  state = { ...DEFAULTS, board: String(busiest) };
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    if (name in DEFAULTS) state[name] = value;
  }
  if (!data.boards[Number(state.board)]) state.board = String(busiest);
  if (![...field("columns").options].some((option) => option.value === state.columns)) state.columns = "suites";
  for (const name of ["board", "columns", "find"]) field(name).value = state[name];
  field("unranked").checked = Boolean(state.unranked);
  shown = PAGE;
  draw();
}

const perBoard = data.boards.map((_, i) => data.runs.filter((run) => run.board === i).length);
const busiest = Math.max(0, perBoard.indexOf(Math.max(...perBoard)));
DEFAULTS.board = String(busiest);
const option = (value, text) => { const one = make("option", text); one.value = value; return one; };
field("board").append(...data.boards.map((name, i) => option(String(i), `${name}: ${perBoard[i]}`)));
const suites = [...new Set(data.probes.map((name) => name.split("/")[0]))];
field("columns").append(option("suites", "suites"), ...suites.map((name) => option(name, `probes of ${name}`)));
for (const name of ["board", "columns"]) field(name).addEventListener("change", () => change({ [name]: field(name).value }));
field("find").addEventListener("input", () => change({ find: field("find").value }));
field("unranked").addEventListener("change", () => change({ unranked: field("unranked").checked ? "1" : "" }));
field("more").addEventListener("click", () => { shown += PAGE; draw(); });
field("filters").addEventListener("submit", (event) => event.preventDefault());
if (navigator.clipboard) {
  field("copy").hidden = false;
  field("copy").addEventListener("click", () => navigator.clipboard.writeText(location.href));
}
addEventListener("hashchange", fromAddress);
field("filters").hidden = false;
fromAddress();
