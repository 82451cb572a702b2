/* The table of all series: search, sort, a small chart in each row, and the series itself on Enter or a click. */

const ROW = 44;
const BEYOND = 6;
const PRINTED = 40;

class PanelTable {
  constructor(host, store, open) {
    this.host = host;
    this.store = store;
    this.open = open;
    this.columns = this.measures();
    this.order = Array.from({ length: store.length }, (_, i) => i);
    this.found = this.order;
    this.sorted = { column: null, down: false };
    this.active = 0;
    this.build();
    this.render();
  }

  /* What the table says of each series: the last value, the end of the forecast, and how good it was. */
  measures() {
    const { store } = this;
    const last = new Float64Array(store.length);
    const end = new Float64Array(store.length);
    const change = new Float64Array(store.length);
    for (let i = 0; i < store.length; i += 1) {
      const { history, point } = store.outline(i);
      let k = history.length - 1;
      while (k > 0 && !Number.isFinite(history[k])) k -= 1;
      last[i] = history.length ? history[k] : NaN;
      end[i] = point[point.length - 1];
      change[i] = last[i] > 0 ? 100 * (end[i] / last[i] - 1) : NaN;
    }
    const inUnit = (values) => (i) => numberText(values[i], store.format(i));
    const columns = [
      { title: "Last value", values: last, text: inUnit(last) },
      { title: `After ${store.horizon} ${store.horizon === 1 ? "step" : "steps"}`, values: end, text: inUnit(end) },
      { title: "Change, %", values: change, text: (i) => percentText(change[i]) },
    ];
    if (store.skill) {
      columns.push({
        title: `Skill against ${store.naive}, %`,
        values: Float64Array.from(store.skill),
        text: (i) => percentText(store.skill[i]),
      });
    }
    return columns;
  }

  build() {
    const { caption } = this.host.dataset;
    const label = element("label", { for: "series-search" }, "Search");
    this.search = element("input", { type: "search", id: "series-search", autocomplete: "off", spellcheck: "false" });
    this.count = element("p", { class: "count", role: "status" });
    this.search.addEventListener("input", () => this.find());
    this.head = element("tr");
    const name = { title: "Series", values: null };
    [name, null, ...this.columns].forEach((column) => this.head.append(this.heading(column)));
    this.body = element("tbody");
    this.table = element("table", { class: "all-series", "aria-rowcount": String(this.store.length + 1) }, [
      element("caption", {}, `${caption}; Enter shows a series`),
      element("thead", {}, [this.head]),
      this.body,
    ]);
    this.window = element("div", { class: "window", tabindex: "-1" }, [this.table]);
    let waiting = false;
    this.window.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        this.render();
      });
    });
    this.body.addEventListener("keydown", (event) => this.press(event));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-row]");
      if (row) this.choose(Number(row.dataset.row));
    });
    const tools = element("div", { class: "search" }, [label, this.search, this.count]);
    this.host.append(element("h3", {}, caption), tools, this.window);
    this.say();
  }

  heading(column) {
    if (column === null) return element("th", { scope: "col", class: "course" }, "History and forecast");
    const button = element("button", { type: "button" }, column.title);
    const head = element("th", { scope: "col", class: column.values ? "number" : "name" }, [button]);
    button.addEventListener("click", () => this.sort(column, head));
    return head;
  }

  say() {
    const all = this.store.length.toLocaleString("en");
    const some = this.found.length.toLocaleString("en");
    this.count.textContent = this.found.length === this.store.length ? `${all} series` : `${some} of ${all} series`;
  }

  find() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.lower ||= this.store.names.map((name) => name.toLowerCase());
    this.found = this.order.filter((i) => words.every((word) => this.lower[i].includes(word)));
    this.active = 0;
    this.window.scrollTop = 0;
    this.table.setAttribute("aria-rowcount", String(this.found.length + 1));
    this.say();
    this.render();
  }

  sort(column, head) {
    const down = this.sorted.column === column ? !this.sorted.down : column.values !== null;
    this.sorted = { column, down };
    const sign = down ? -1 : 1;
    const { names } = this.store;
    const { values } = column;
    this.order = Array.from({ length: this.store.length }, (_, i) => i);
    this.order.sort((a, b) => {
      if (values === null) return sign * (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : 0) || a - b;
      const missing = Number.isNaN(values[a]) - Number.isNaN(values[b]);
      return missing || sign * (values[a] - values[b]) || a - b;
    });
    for (const each of this.head.children) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    this.find();
  }

  render(printed = 0) {
    const high = this.window.clientHeight || 480;
    const first = printed ? 0 : Math.max(0, Math.floor(this.window.scrollTop / ROW) - BEYOND);
    const last = Math.min(this.found.length, printed || first + Math.ceil(high / ROW) + 2 * BEYOND);
    const focused = document.activeElement && document.activeElement.closest("tr[data-row]");
    const kept = focused && this.body.contains(focused) ? Number(focused.dataset.row) : null;
    const space = (rows) => {
      const row = element("tr", { class: "space", "aria-hidden": "true" }, [element("td", { colspan: String(this.columns.length + 2) })]);
      row.firstChild.style.height = `${rows * ROW}px`;
      return row;
    };
    const rows = [];
    if (first > 0) rows.push(space(first));
    for (let row = first; row < last; row += 1) rows.push(this.row(row));
    if (!printed && last < this.found.length) rows.push(space(this.found.length - last));
    this.body.replaceChildren(...rows);
    if (kept !== null) this.mark(kept);
  }

  row(row) {
    const i = this.found[row];
    const name = element("button", { type: "button", tabindex: row === this.active ? "0" : "-1", title: this.store.names[i] }, [
      element("bdi", {}, this.store.names[i]),
    ]);
    return element("tr", { "data-row": String(row), "aria-rowindex": String(row + 2) }, [
      element("th", { scope: "row", class: "name" }, [name]),
      element("td", { class: "course" }, [this.outline(i)]),
      ...this.columns.map((column) => element("td", { class: "number" }, column.text(i))),
    ]);
  }

  /* The course of a series: the end of its history and the forecast. */
  outline(i) {
    const { history, point } = this.store.outline(i);
    const part = history.subarray(Math.max(0, history.length - Math.max(36, 3 * point.length)));
    const values = [...part, ...point];
    const known = values.filter(Number.isFinite);
    const low = Math.min(...known);
    const span = Math.max(...known) - low || 1;
    const at = (value, k) => `${((120 * k) / Math.max(1, values.length - 1)).toFixed(1)} ${(26 - (24 * (value - low)) / span).toFixed(1)}`;
    let d = "";
    let pen = "M";
    part.forEach((value, k) => {
      if (!Number.isFinite(value)) pen = "M";
      else {
        d += pen + at(value, k);
        pen = "L";
      }
    });
    const start = Math.max(0, part.length - 1);
    const ahead = values.slice(start).map((value, k) => [value, k]).filter(([value]) => Number.isFinite(value));
    const line = ahead.map(([value, k]) => at(value, start + k)).join("L");
    return element("svg", { class: "outline", viewBox: "0 0 120 28", "aria-hidden": "true" }, [
      element("path", { class: "line history", d: d || "M0 0" }),
      element("path", { class: "line forecast", d: line ? `M${line}` : "M0 0" }),
    ]);
  }

  /* Move to a row, which is scrolled into the window. */
  focus(row) {
    this.active = Math.min(this.found.length - 1, Math.max(0, row));
    const top = this.active * ROW;
    const head = this.head.offsetHeight;
    if (top < this.window.scrollTop) this.window.scrollTop = top;
    else if (top + ROW + head > this.window.scrollTop + this.window.clientHeight) {
      this.window.scrollTop = top + ROW + head - this.window.clientHeight;
    }
    this.render();
    this.mark(this.active);
  }

  /* Give the focus to a row that is drawn. */
  mark(row) {
    const made = this.body.querySelector(`tr[data-row="${row}"] button`);
    if (made) {
      for (const each of this.body.querySelectorAll('button[tabindex="0"]')) each.setAttribute("tabindex", "-1");
      made.setAttribute("tabindex", "0");
      made.focus({ preventScroll: true });
    }
  }

  press(event) {
    const page = Math.max(1, Math.floor(this.window.clientHeight / ROW) - 2);
    const moves = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity };
    if (!(event.key in moves) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.focus(Math.min(this.found.length - 1, Math.max(0, this.active + moves[event.key])));
  }

  choose(row) {
    this.active = row;
    this.open(this.found[row], () => this.focus(row));
  }

  print(begins) {
    this.host.classList.toggle("printed", begins);
    this.render(begins ? PRINTED : 0);
    const more = this.found.length - PRINTED;
    if (begins && more > 0) this.count.textContent = `The first ${PRINTED} series; ${more.toLocaleString("en")} more are in the file`;
    else this.say();
  }
}
