"use strict";

/* The numbers of the series, which stand in the page as base64, and how they are written. */

const TYPES = { f8: Float64Array, f4: Float32Array, i4: Int32Array, i1: Int8Array, u1: Uint8Array };
const SVG = "http://www.w3.org/2000/svg";

function arrayOf(text, type) {
  if (Uint8Array.fromBase64) return new TYPES[type](Uint8Array.fromBase64(text).buffer);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return new TYPES[type](bytes.buffer);
}

/* Return a number with this many decimals; a half is rounded to the even digit, as the program does it. */
function fixed(value, decimals) {
  let text = value.toFixed(decimals);
  const more = Math.abs(value).toFixed(Math.min(100, decimals + 30));
  const rest = more.slice(more.length - (Math.min(100, decimals + 30) - decimals));
  if (/^50*$/.test(rest)) {
    const down = more.slice(0, more.length - rest.length).replace(/\.$/, "");
    if (Number(down[down.length - 1]) % 2 === 0) text = (value < 0 ? "-" : "") + down;
  }
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

function grouped(text) {
  const [whole, part] = text.split(".");
  const thousands = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return part === undefined ? thousands : `${thousands}.${part}`;
}

/* Return a number as the tables of the program write it. */
function numberText(value, format) {
  if (!Number.isFinite(value)) return "n/a";
  if (format.exponent) {
    if (value === 0) return "0";
    const [digits, exponent] = value.toExponential(format.decimals).split("e");
    return `${digits}e${Number(exponent)}`;
  }
  if (Math.abs(value) >= 1e21) return value.toExponential(5);
  return grouped(fixed(value, format.decimals));
}

function percentText(value) {
  if (!Number.isFinite(value)) return "n/a";
  return grouped(fixed(value, Math.abs(value) >= 1000 ? 0 : 1));
}

class Store {
  constructor(data) {
    this.names = data.names;
    this.unit = data.unit;
    this.levels = data.levels;
    this.others = data.others;
    this.naive = data.naive;
    this.horizon = data.horizon;
    this.forecasts = data.forecasts;
    this.firstView = data.first_view;
    this.dated = data.axis.dated;
    this.axis = arrayOf(data.axis.values, "f8");
    this.texts = data.axis.texts;
    this.decimals = arrayOf(data.decimals, "i1");
    this.exponent = arrayOf(data.exponent, "u1");
    this.wide = arrayOf(data.wide, "u1");
    this.rows = arrayOf(data.rows, "i4");
    this.times = arrayOf(data.times, "i4");
    this.first = arrayOf(data.first, "i4");
    this.places = arrayOf(data.places, "i4");
    this.begins = arrayOf(data.begins, "i4");
    this.values = [arrayOf(data.values[0], "f4"), arrayOf(data.values[1], "f8")];
    this.skill = data.skill === undefined ? null : arrayOf(data.skill, "f4");
    this.perForecast = this.horizon * (1 + 2 * this.levels.length + this.others.length);
    this.offsets = new Int32Array(this.names.length);
    this.timeOffsets = new Int32Array(this.names.length);
    const next = [0, 0];
    let place = 0;
    for (let i = 0; i < this.names.length; i += 1) {
      this.offsets[i] = next[this.wide[i]];
      next[this.wide[i]] += this.rows[i] + this.forecasts * this.perForecast;
      this.timeOffsets[i] = place;
      if (this.first[i] < 0) place += this.times[i];
    }
  }

  get length() {
    return this.names.length;
  }

  format(i) {
    return { decimals: this.decimals[i], exponent: this.exponent[i] === 1 };
  }

  /* Return the history and the last point forecast of a series, for its small chart. */
  outline(i) {
    const values = this.values[this.wide[i]];
    const begin = this.offsets[i];
    const latest = begin + this.rows[i] + (this.forecasts - 1) * this.perForecast;
    const cutoff = Math.min(this.rows[i], this.begins[i * this.forecasts + this.forecasts - 1]);
    return {
      history: values.subarray(begin, begin + cutoff),
      point: values.subarray(latest, latest + this.horizon),
    };
  }

  series(i) {
    const values = this.values[this.wide[i]];
    const begin = this.offsets[i];
    const count = this.times[i];
    const place = this.first[i] >= 0 ? (k) => this.first[i] + k : (k) => this.places[this.timeOffsets[i] + k];
    const x = new Float64Array(count);
    for (let k = 0; k < count; k += 1) x[k] = this.axis[place(k)];
    const forecasts = [];
    for (let f = 0; f < this.forecasts; f += 1) {
      let at = begin + this.rows[i] + f * this.perForecast;
      const next = () => {
        const part = values.subarray(at, at + this.horizon);
        at += this.horizon;
        return part;
      };
      const point = next();
      const low = [];
      const high = [];
      for (let level = 0; level < this.levels.length; level += 1) {
        low.push(next());
        high.push(next());
      }
      forecasts.push({ begin: this.begins[i * this.forecasts + f], point, low, high, others: this.others.map(next) });
    }
    return {
      name: this.names[i],
      x,
      text: (k) => this.texts[place(k)],
      rows: values.subarray(begin, begin + this.rows[i]),
      forecasts,
      format: this.format(i),
    };
  }
}

/* Return an element with attributes and a text or children. */
function element(tag, attributes = {}, content = []) {
  const svg = ["svg", "path", "line", "circle", "rect", "text", "g", "defs", "clipPath", "polygon"].includes(tag);
  const made = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (Array.isArray(content)) made.append(...content);
  else made.textContent = content;
  return made;
}
