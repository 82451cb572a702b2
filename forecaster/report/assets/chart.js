/* The chart of one series: history, forecasts with their bands, a pointer with values, pan and zoom. */

const MARGIN = { top: 12, right: 14, bottom: 26 };
const LISTED = 500;
const LARGE = [
  [1e15, null],
  [1e12, " tn"],
  [1e9, " bn"],
  [1e6, " m"],
];
const UNITS_OF_TIME = [1e3, 5e3, 15e3, 30e3, 6e4, 3e5, 9e5, 18e5, 36e5, 108e5, 216e5, 432e5];
const DAY = 864e5;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 2.5, 5, 10].find((step) => step * power >= least * (1 - 1e-9));
}

/* Return the round numbers between two values, about as many as wanted. */
function valueTicks(low, high, wanted) {
  const step = niceStep((high - low) / wanted);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) ticks.push(k * step);
  return { ticks, step };
}

function tickText(value, step, largest) {
  const [limit, unit] = LARGE.find(([least]) => largest >= least * 10) || [0, ""];
  if (unit === null || (largest > 0 && largest < 1e-4)) return value === 0 ? "0" : value.toExponential(1).replace("e+", "e");
  const size = limit || 1;
  const scaled = step / size;
  let decimals = Math.max(0, -Math.floor(Math.log10(scaled) + 1e-9));
  if (Math.abs(scaled * 10 ** decimals - Math.round(scaled * 10 ** decimals)) > 1e-6) decimals += 1;
  return grouped(fixed(value / size, Math.min(decimals, 12))) + unit;
}

/* Return the times on an axis between two moments, each with its text: years, months, days or times of day, none closer
   than the rows are. */
function timeTicks(low, high, wanted, gap) {
  const least = Math.max(gap, (high - low) / wanted);
  const ticks = [];
  const pad = (number) => String(number).padStart(2, "0");
  if (least > 20 * DAY) {
    const months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200].find((step) => step * 30.4 * DAY >= least) || 2400;
    const first = new Date(low);
    let count = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months;
    for (let moment = low; moment <= high; count += months) {
      moment = Date.UTC(Math.floor(count / 12), count % 12);
      const month = count % 12;
      const year = String(Math.floor(count / 12));
      if (moment >= low && moment <= high) ticks.push([moment, month === 0 || months >= 12 ? year : `${MONTHS[month]} ${year}`]);
    }
    return ticks;
  }
  const days = [1, 2, 7, 14, 28].find((step) => step * DAY >= least);
  const step = least <= UNITS_OF_TIME[11] ? UNITS_OF_TIME.find((each) => each >= least) : days * DAY;
  let year = null;
  for (let moment = Math.ceil(low / step) * step; moment <= high; moment += step) {
    const at = new Date(moment);
    const now = at.getUTCFullYear();
    const day = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}${now === year || step < DAY ? "" : ` ${now}`}`;
    year = now;
    const time = `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}`;
    const seconds = step < 6e4 ? `:${pad(at.getUTCSeconds())}` : "";
    ticks.push([moment, step >= DAY || moment % DAY === 0 ? day : time + seconds]);
  }
  return ticks;
}

class Chart {
  constructor(host, store, number, { everyFold = false, height = 320, legend = true, more = 1 } = {}) {
    this.store = store;
    this.everyFold = everyFold;
    this.height = height;
    this.data = store.series(number);
    this.shown = everyFold ? this.data.forecasts : this.data.forecasts.slice(-1);
    this.pointer = null;
    const { x } = this.data;
    const first = this.shown[0].begin;
    this.whole = [x[0], x[x.length - 1]];
    this.gap = x.reduce((least, value, k) => (k ? Math.min(least, value - x[k - 1]) : least), Infinity);
    if (!Number.isFinite(this.gap)) this.gap = 1;
    const begin = Math.max(0, Math.min(first, this.data.rows.length) - Math.round(more * store.firstView));
    this.start = [x[begin], x[x.length - 1]];
    if (this.start[0] === this.start[1]) this.start = this.whole = [x[0] - 1, x[0] + 1];
    this.view = this.start.slice();
    this.build(host, legend);
    this.draw();
  }

  build(host, legend) {
    this.readout = element("p", { class: this.store.others.length ? "readout tall" : "readout" });
    this.live = element("p", { class: "visually-hidden", "aria-live": "polite" });
    this.plot = element("div", {
      class: "plot",
      tabindex: "0",
      role: "group",
      "aria-label": `Chart of ${this.data.name}. Arrow keys read the values, plus and minus zoom, 0 resets.`,
    });
    const button = (text, label, action) => {
      const made = element("button", { type: "button", "aria-label": `${label}: ${this.data.name}`, title: label }, text);
      made.addEventListener("click", action);
      return made;
    };
    const tools = element("div", { class: "tools", role: "group", "aria-label": `View of ${this.data.name}` }, [
      button("−", "Zoom out", () => this.zoom(1.5)),
      button("+", "Zoom in", () => this.zoom(1 / 1.5)),
      button("All", "Show the whole history", () => this.show(this.whole)),
      button("Reset", "Reset the view", () => this.show(this.start)),
    ]);
    const caption = host.querySelector("figcaption");
    if (caption) caption.append(tools);
    else host.append(tools);
    if (legend) host.append(this.legend());
    host.append(this.readout, this.plot, this.live, this.numbers());
    this.listen();
    let width = 0;
    new ResizeObserver(() => {
      if (Math.abs(this.plot.clientWidth - width) > 1) {
        width = this.plot.clientWidth;
        this.draw();
      }
    }).observe(this.plot);
  }

  legend() {
    const key = (kind, text) =>
      element("li", {}, [
        element("svg", { class: "key", viewBox: "0 0 24 10", "aria-hidden": "true" }, [
          kind.startsWith("band")
            ? element("rect", { class: kind, x: 0, y: 0, width: 24, height: 10 })
            : element("path", { class: kind, d: "M0 5H24" }),
        ]),
        text,
      ]);
    const items = [key("history", this.hasActual() ? "what came" : "history"), key("forecast", "forecast")];
    this.store.levels.forEach((level, place) => items.push(key(this.bandClass(place), `${level} %`)));
    this.store.others.forEach((name, place) => items.push(key(`other other-${place % 5}`, name)));
    return element("ul", { class: "keys" }, items);
  }

  /* The widest band is the palest. */
  bandClass(place) {
    return `band band-${Math.min(3, this.store.levels.length - 1 - place)}`;
  }

  hasActual() {
    return this.shown[0].begin < this.data.rows.length;
  }

  valueAt(k) {
    return k < this.data.rows.length ? this.data.rows[k] : NaN;
  }

  /* Return the forecast of row k: the latest one that has it. */
  forecastAt(k) {
    for (let f = this.shown.length - 1; f >= 0; f -= 1) {
      const step = k - this.shown[f].begin;
      if (step >= 0 && step < this.store.horizon) return { of: this.shown[f], step };
    }
    return null;
  }

  pixel(value) {
    return this.left + ((value - this.view[0]) / (this.view[1] - this.view[0])) * this.inner;
  }

  /* Return the rows that can be seen, and one on each side. */
  visible() {
    const { x } = this.data;
    let first = 0;
    let last = x.length - 1;
    while (first < last && x[first + 1] < this.view[0]) first += 1;
    while (last > first && x[last - 1] > this.view[1]) last -= 1;
    return [first, last];
  }

  range(first, last) {
    let low = Infinity;
    let high = -Infinity;
    const take = (value) => {
      if (value < low) low = value;
      if (value > high) high = value;
    };
    for (let k = first; k <= last && k < this.data.rows.length; k += 1) take(this.data.rows[k]);
    for (const each of this.shown) {
      for (const part of [each.point, ...each.low, ...each.high, ...each.others]) {
        for (let step = 0; step < part.length; step += 1) {
          const k = each.begin + step;
          if (k >= first && k <= last) take(part[step]);
        }
      }
    }
    if (low > high) return [0, 1];
    const pad = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
    return [low - pad, high + pad];
  }

  draw() {
    const width = Math.max(240, this.plot.clientWidth || 640);
    const [first, last] = this.visible();
    const [low, high] = this.range(first, last);
    const bottom = this.height - MARGIN.bottom;
    const { ticks, step } = valueTicks(low, high, Math.max(3, this.height / 48));
    const largest = Math.max(Math.abs(low), Math.abs(high));
    const texts = ticks.map((tick) => tickText(tick, step, largest));
    this.left = 12 + 7 * Math.max(...texts.map((text) => text.length), 1);
    this.inner = width - this.left - MARGIN.right;
    this.y = (value) => bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top);
    const svg = element("svg", {
      viewBox: `0 0 ${width} ${this.height}`,
      role: "img",
      "aria-label": this.summary(),
      class: "series-svg",
    });
    ticks.forEach((tick, place) => {
      const y = this.y(tick).toFixed(1);
      svg.append(element("line", { class: "grid", x1: this.left, x2: width - MARGIN.right, y1: y, y2: y }));
      svg.append(element("text", { class: "tick end", x: this.left - 8, y: Number(y) + 4 }, texts[place]));
    });
    const id = `clip-${(Chart.count = (Chart.count || 0) + 1)}`;
    const clip = element("clipPath", { id }, [
      element("rect", { x: this.left, y: 0, width: this.inner, height: this.height }),
    ]);
    svg.append(element("defs", {}, [clip]), ...this.timeAxis(bottom, width));
    svg.append(element("g", { "clip-path": `url(#${id})` }, this.marks(first, last)));
    this.cross = element("g", { class: "cross", "clip-path": `url(#${id})` });
    svg.append(this.cross);
    this.plot.replaceChildren(svg);
    this.point(this.pointer);
  }

  timeAxis(bottom, width) {
    const wanted = Math.max(2, this.inner / 110);
    let ticks;
    if (this.store.dated) ticks = timeTicks(this.view[0], this.view[1], wanted, this.gap);
    else {
      const found = valueTicks(this.view[0], this.view[1], wanted).ticks.filter(Number.isInteger);
      ticks = found.map((tick) => [tick, grouped(String(tick))]);
    }
    const parts = [element("line", { class: "axis", x1: this.left, x2: width - MARGIN.right, y1: bottom, y2: bottom })];
    let free = -Infinity;
    for (const [value, text] of ticks) {
      const x = this.pixel(value);
      const half = 3.4 * text.length;
      if (x - half < free || x - half < 0 || x + half > width) continue;
      free = x + half + 14;
      parts.push(element("line", { class: "axis", x1: x.toFixed(1), x2: x.toFixed(1), y1: bottom, y2: bottom + 4 }));
      parts.push(element("text", { class: "tick middle", x: x.toFixed(1), y: bottom + 18 }, text));
    }
    return parts;
  }

  marks(first, last) {
    const { x, rows } = this.data;
    const parts = [];
    const at = (k) => this.pixel(x[k]).toFixed(1);
    for (const each of this.shown) {
      if (each.begin > last + 1 || each.begin + this.store.horizon < first) continue;
      const anchor = each.begin > 0 ? this.valueAt(each.begin - 1) : NaN;
      const start = Number.isFinite(anchor) ? [[each.begin - 1, anchor]] : [];
      const along = (part) => [...start, ...Array.from(part, (value, step) => [each.begin + step, value])];
      const path = (points) => points.map(([k, value]) => `${at(k)} ${this.y(value).toFixed(1)}`).join("L");
      for (let level = this.store.levels.length - 1; level >= 0; level -= 1) {
        const upper = path(along(each.high[level]));
        const lower = path(along(each.low[level]).reverse());
        const drawn = this.store.horizon > 1 || start.length;
        if (drawn) parts.push(element("path", { class: this.bandClass(level), d: `M${upper}L${lower}Z` }));
        else parts.push(element("path", { class: `${this.bandClass(level)} stick`, d: `M${upper}L${lower}` }));
      }
      each.others.forEach((part, place) => {
        parts.push(element("path", { class: `line other other-${place % 5}`, d: `M${path(along(part))}` }));
      });
      each.drawn = () => element("path", { class: "line forecast", d: `M${path(along(each.point))}` });
    }
    parts.push(element("path", { class: "line history", d: this.historyPath(first, Math.min(last, rows.length - 1)) }));
    for (const each of this.shown) {
      if (each.drawn) parts.push(each.drawn());
      if (this.store.horizon === 1 && each.begin >= first && each.begin <= last) {
        const y = this.y(each.point[0]).toFixed(1);
        parts.push(element("circle", { class: "dot forecast", cx: at(each.begin), cy: y, r: 3.5 }));
      }
    }
    const latest = this.shown[this.shown.length - 1].begin;
    if (latest > 0) {
      const cut = this.pixel(x[latest - 1]).toFixed(1);
      parts.push(element("line", { class: "cutoff", x1: cut, x2: cut, y1: MARGIN.top, y2: this.height - MARGIN.bottom }));
    }
    return parts;
  }

  /* Return the path of the history; of many rows in a pixel the first, the lowest, the highest and the last. */
  historyPath(first, last) {
    const { x, rows } = this.data;
    const dense = last - first > 2 * this.inner;
    let d = "";
    let pen = "M";
    const add = (k) => {
      d += `${pen}${this.pixel(x[k]).toFixed(1)} ${this.y(rows[k]).toFixed(1)}`;
      pen = "L";
    };
    for (let k = first; k <= last; k += 1) {
      if (!Number.isFinite(rows[k])) {
        pen = "M";
        continue;
      }
      if (!dense) {
        const alone = pen === "M" && !(k < last && Number.isFinite(rows[k + 1]));
        add(k);
        if (alone) d += "h.01";
        continue;
      }
      const column = Math.floor(this.pixel(x[k]));
      let end = k;
      let least = k;
      let most = k;
      while (end < last && Number.isFinite(rows[end + 1]) && Math.floor(this.pixel(x[end + 1])) === column) {
        end += 1;
        if (rows[end] < rows[least]) least = end;
        if (rows[end] > rows[most]) most = end;
      }
      for (const each of [...new Set([k, Math.min(least, most), Math.max(least, most), end])]) add(each);
      k = end;
    }
    return d || "M0 0";
  }

  summary() {
    const { rows, forecasts, format, text, name } = this.data;
    const latest = forecasts[forecasts.length - 1];
    const end = this.store.horizon - 1;
    const value = numberText(latest.point[end], format);
    const ends = this.store.levels.map(
      (level, place) =>
        `${level} % interval ${numberText(latest.low[place][end], format)} to ${numberText(latest.high[place][end], format)}`,
    );
    const known = Math.min(rows.length, latest.begin) - 1;
    const before = known >= 0 ? `last known value ${numberText(rows[known], format)} at ${text(known)}; ` : "";
    return `${name}: ${before}forecast for ${text(latest.begin + end)} ${value}${ends.length ? `, ${ends.join(", ")}` : ""}.`;
  }

  /* Show the values of row k at the pointer; those of the last one if there is no pointer. */
  point(k) {
    this.pointer = k;
    const at = k === null ? this.data.x.length - 1 : k;
    const { format, text } = this.data;
    const parts = [element("b", {}, text(at))];
    const say = (label, value) => parts.push(element("span", {}, `${label} ${value}`));
    const actual = this.valueAt(at);
    const found = this.forecastAt(at);
    if (Number.isFinite(actual)) say(found ? "came" : "value", numberText(actual, format));
    if (found) {
      say("forecast", numberText(found.of.point[found.step], format));
      this.store.levels.forEach((level, place) => {
        const [low, high] = [found.of.low[place][found.step], found.of.high[place][found.step]];
        say(`${level} %`, `${numberText(low, format)} to ${numberText(high, format)}`);
      });
      this.store.others.forEach((name, place) => say(name, numberText(found.of.others[place][found.step], format)));
    }
    this.readout.replaceChildren(...parts);
    this.cross.replaceChildren();
    if (k === null) return;
    const x = this.pixel(this.data.x[k]).toFixed(1);
    this.cross.append(element("line", { x1: x, x2: x, y1: MARGIN.top, y2: this.height - MARGIN.bottom }));
    const dot = (value, kind) =>
      this.cross.append(element("circle", { class: `dot ${kind}`, cx: x, cy: this.y(value).toFixed(1), r: 4 }));
    if (Number.isFinite(actual)) dot(actual, "history");
    if (found) dot(found.of.point[found.step], "forecast");
  }

  nearest(pixel) {
    const { x } = this.data;
    const value = this.view[0] + ((pixel - this.left) / this.inner) * (this.view[1] - this.view[0]);
    let low = 0;
    let high = x.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle] < value) low = middle;
      else high = middle;
    }
    return value - x[low] < x[high] - value ? low : high;
  }

  show(view) {
    this.view = view.slice();
    this.draw();
  }

  /* Zoom around a value, by default the pointer or the middle; never beyond what there is, nor closer than 2 rows. */
  zoom(factor, around) {
    const middle = around ?? (this.pointer === null ? (this.view[0] + this.view[1]) / 2 : this.data.x[this.pointer]);
    const [first, last] = this.whole;
    const least = (2 * (last - first)) / Math.max(2, this.data.x.length - 1);
    const span = Math.min(last - first, Math.max(least, (this.view[1] - this.view[0]) * factor));
    const share = (middle - this.view[0]) / (this.view[1] - this.view[0]);
    this.pan(middle - share * span, span);
  }

  pan(begin, span = this.view[1] - this.view[0]) {
    const [first, last] = this.whole;
    const from = Math.min(Math.max(begin, first), last - span);
    this.show([from, from + span]);
  }

  listen() {
    const { plot } = this;
    const scale = () => plot.clientWidth / Math.max(240, plot.clientWidth || 640);
    const place = (event) => (event.clientX - plot.getBoundingClientRect().left) / scale();
    const fingers = new Map();
    let drag = null;
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      fingers.set(event.pointerId, place(event));
      drag = { at: place(event), view: this.view.slice(), fingers: [...fingers.values()] };
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => {
      if (!drag || !fingers.has(event.pointerId)) {
        this.point(this.nearest(place(event)));
        return;
      }
      fingers.set(event.pointerId, place(event));
      const [from, to] = drag.view;
      const valueAt = (pixel) => from + ((pixel - this.left) / this.inner) * (to - from);
      const now = [...fingers.values()];
      if (now.length === 2 && drag.fingers.length === 2) {
        const span = (to - from) * Math.abs((drag.fingers[1] - drag.fingers[0]) / (now[1] - now[0] || 1));
        const limited = Math.min(this.whole[1] - this.whole[0], span);
        this.pan(valueAt((drag.fingers[0] + drag.fingers[1]) / 2) - limited / 2, limited);
      } else if (Math.abs(place(event) - drag.at) > 3) {
        this.pan(from - ((place(event) - drag.at) / this.inner) * (to - from));
      }
    });
    const end = (event) => {
      fingers.delete(event.pointerId);
      drag = null;
    };
    plot.addEventListener("pointerup", end);
    plot.addEventListener("pointercancel", end);
    plot.addEventListener("pointerleave", () => {
      if (document.activeElement !== plot) this.point(null);
    });
    plot.addEventListener("blur", () => this.point(null));
    plot.addEventListener("dblclick", () => this.zoom(0.5));
    plot.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2);
      },
      { passive: false },
    );
    plot.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    const last = this.data.x.length - 1;
    const now = this.pointer ?? (this.shown[this.shown.length - 1].begin - 1);
    const by = event.shiftKey ? 10 : 1;
    const moves = { ArrowLeft: now - by, ArrowRight: now + by, Home: 0, End: last };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key in moves) {
      const k = Math.min(last, Math.max(0, moves[event.key]));
      const value = this.data.x[k];
      const span = this.view[1] - this.view[0];
      this.pointer = k;
      if (value < this.view[0]) this.pan(value, span);
      else if (value > this.view[1]) this.pan(value - span, span);
      else this.point(k);
      this.live.textContent = this.readout.innerText.replace(/\s+/g, " ");
    } else if (event.key === "+" || event.key === "=") this.zoom(1 / 1.5);
    else if (event.key === "-") this.zoom(1.5);
    else if (event.key === "0") this.show(this.start);
    else return;
    event.preventDefault();
  }

  /* The numbers of the latest forecast, which are made when they are opened. */
  numbers() {
    const details = element("details", {}, [element("summary", {}, "The numbers")]);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(this.table());
    });
    return details;
  }

  table() {
    const { format, text, name, forecasts } = this.data;
    const latest = forecasts[forecasts.length - 1];
    const actual = this.hasActual() ? ["Came"] : [];
    const ends = this.store.levels.flatMap((level) => [`${level} % low`, `${level} % high`]);
    const heads = [this.store.dated ? "Time" : "Step", ...actual, "Forecast", ...ends, ...this.store.others];
    const rows = Array.from(latest.point.subarray(0, LISTED), (value, step) => {
      const k = latest.begin + step;
      const cells = [...actual.map(() => this.valueAt(k)), value];
      this.store.levels.forEach((_, place) => cells.push(latest.low[place][step], latest.high[place][step]));
      latest.others.forEach((part) => cells.push(part[step]));
      const numbers = cells.map((each) => element("td", { class: "number" }, numberText(each, format)));
      return element("tr", {}, [element("th", { scope: "row" }, text(k)), ...numbers]);
    });
    const head = heads.map((title, place) => element("th", { scope: "col", class: place ? "number" : "" }, title));
    const steps = latest.point.length;
    const caption = `The forecast of ${name}, ${steps > LISTED ? `the first ${LISTED} of ` : ""}${steps} steps`;
    const table = element("table", {}, [
      element("caption", {}, caption),
      element("thead", {}, [element("tr", {}, head)]),
      element("tbody", {}, rows),
    ]);
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, [table]);
  }
}
