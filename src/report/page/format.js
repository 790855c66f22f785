const grouping = new Intl.NumberFormat("en-US", {maximumFractionDigits: 0});

const count = (value) => grouping.format(value);
const digits = (share, places = 2) => (100 * share).toFixed(places).replace("-", "\u2212");
const percent = (share, places = 2) => `${digits(share, places)}%`;
const interval = ([low, high]) => `[${digits(low)}, ${digits(high)}]`;
const intervalPercent = ([low, high]) => `[${percent(low)}, ${percent(high)}]`;
const signed = (share) => (share < 0 ? digits(share) : `+${digits(share)}`);
const plural = (value, noun, many = `${noun}s`) => `${count(value)} ${value === 1 ? noun : many}`;

function duration(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function probability(p) {
  if (p < 0.001) return p === 0 ? "below 1e-300" : p.toExponential(1);
  return p.toFixed(3);
}

const shape = (sizes) => (sizes[1] * sizes[2] === 1 ? count(sizes[0]) : sizes.join(" \u00d7 "));

// "a", "a and b", "a, b and c".
const enumerate = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);
