// A trained network, run in plain JavaScript: each kind of layer becomes a function from an image's values, (channels,
// height, width) one behind the other, to the next values. Sums are made in double precision.

// The network's logits as a function of 28 x 28 bytes, ink bright.
async function loadNetwork(description) {
  const read = numberReader(await unpack(description.weights), description.floats, description.bits);
  const run = sequence(description.layers, read);
  return (image) => run(Float32Array.from(image, (byte) => (byte / 255 - description.mean) / description.deviation));
}

function sequence(layers, read) {
  const steps = layers.map((layer) => (kLayers[layer.kind] ?? activationLayer)(layer, read));
  return (values) => steps.reduce((current, step) => step(current), values);
}

const kLayers = {
  dense(layer, read) {
    const inputs = size(layer.input);
    const outputs = size(layer.output);
    const weights = read.weights(outputs, inputs);
    const bias = read.floats(outputs);
    return (values) => product(weights, bias, values, outputs, inputs, 1);
  },

  // A product of the filters, (filters, window), with every window of the image, (pixels, window).
  conv2d(layer, read) {
    const [filters, height, width] = layer.output;
    const depth = layer.input[0] * windowSize(layer);
    const weights = read.weights(filters, depth);
    const bias = read.floats(filters);
    const windows = new Float32Array(height * width * depth);
    return (values) => {
      cutWindows(layer, values, windows);
      return product(weights, bias, windows, filters, depth, height * width);
    };
  },

  depthwise_conv2d(layer, read) {
    const [channels, height, width] = layer.output;
    const taps = windowSize(layer);
    const weights = read.weights(channels, taps);
    const bias = read.floats(channels);
    const pixels = height * width;
    const one = {...layer, input: [1, ...layer.input.slice(1)]};
    const windows = new Float32Array(pixels * taps);
    const inputPixels = size(one.input);
    return (values) => {
      const output = new Float32Array(channels * pixels);
      for (let c = 0; c < channels; ++c) {
        cutWindows(one, values.subarray(c * inputPixels, (c + 1) * inputPixels), windows);
        output.set(product(weights.subarray(c * taps, (c + 1) * taps), bias.subarray(c, c + 1), windows, 1, taps, pixels), c * pixels);
      }
      return output;
    };
  },

  // Each channel times a gate from 0 to 1, which two dense layers make of all channels' means.
  squeeze_excitation(layer, read) {
    const [channels, height, width] = layer.input;
    const squeezed = layer.squeeze_channels;
    const squeeze = [read.weights(squeezed, channels), read.floats(squeezed)];
    const excite = [read.weights(channels, squeezed), read.floats(channels)];
    return (values) => {
      const hidden = product(...squeeze, channelMeans(values, channels), squeezed, channels, 1).map(kActivations.relu);
      const gates = product(...excite, hidden, channels, squeezed, 1).map(kActivations.sigmoid);
      return values.map((value, i) => value * gates[Math.floor(i / (height * width))]);
    };
  },

  // Batch norm that stands behind no layer that could take it in.
  scale_shift(layer, read) {
    const [channels, height, width] = layer.input;
    const scales = read.floats(channels);
    const shifts = read.floats(channels);
    return (values) => values.map((value, i) => {
      const channel = Math.floor(i / (height * width));
      return value * scales[channel] + shifts[channel];
    });
  },

  max_pool2d: (layer) => pool(layer, -Infinity, Math.max, (largest) => largest),
  avg_pool2d: (layer) => pool(layer, 0, (sum, value) => sum + value, (sum) => sum / windowSize(layer)),
  global_avg_pool: (layer) => (values) => channelMeans(values, layer.input[0]),

  residual(layer, read) {
    const body = sequence(layer.body, read);
    const shortcut = sequence(layer.shortcut, read);
    return (values) => {
      const beside = shortcut(values);
      return body(values).map((value, i) => value + beside[i]);
    };
  },
};

// Named and defined as PyTorch's.
const kActivations = {
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x, {alpha}) => (x > 0 ? x : alpha * x),
  elu: (x, {alpha}) => (x > 0 ? x : alpha * Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  gelu: (x) => x * normalDistribution(x),
  silu: (x) => x / (1 + Math.exp(-x)),
  mish: (x) => x * Math.tanh(kActivations.softplus(x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hard_swish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  softplus: (x) => (x > 20 ? x : Math.log1p(Math.exp(x))),
};

function activationLayer(layer) {
  const activate = kActivations[layer.kind];
  return (values) => values.map((value) => activate(value, layer));
}

// How probable a normal number below x is. W. J. Cody's rational approximations would be exact to the last bit; the
// fractional error here is below 1.2e-7 (W. Press et al., "Numerical Recipes", 2nd edition, section 6.2).
function normalDistribution(x) {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + z / 2);
  const kTerms = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
  const tail = t * Math.exp(-z * z + kTerms.reduceRight((sum, term) => sum * t + term, 0)) / 2;
  return x < 0 ? tail : 1 - tail;
}

function size(shape) {
  return shape.reduce((product, extent) => product * extent, 1);
}

// Not kernel ** 2, which browsers keep as a float: indices that come of it would halve the speed of all.
function windowSize({kernel}) {
  return kernel * kernel;
}

// Every window of the image that a filter sees, (pixels, channels, kernel, kernel), 0 outside.
function cutWindows({input: [channels, height, width], output: [, rows, columns], kernel, stride, padding}, values, windows) {
  let at = 0;
  for (let row = 0; row < rows; ++row)
    for (let column = 0; column < columns; ++column)
      for (let channel = 0; channel < channels; ++channel)
        for (let ky = 0; ky < kernel; ++ky) {
          const y = row * stride + ky - padding;
          const line = (channel * height + y) * width;
          for (let kx = 0; kx < kernel; ++kx, ++at) {
            const x = column * stride + kx - padding;
            windows[at] = y >= 0 && y < height && x >= 0 && x < width ? values[line + x] : 0;
          }
        }
}

// (outputs, pixels) of weights, (outputs, depth), and windows, (pixels, depth); what is read more than once stays at
// hand: four outputs of two pixels at a time.
function product(weights, bias, windows, outputs, depth, pixels) {
  const result = new Float32Array(outputs * pixels);
  const wholeOutputs = outputs - (outputs % 4);
  const wholePixels = pixels - (pixels % 2);
  for (let o = 0; o < wholeOutputs; o += 4)
    for (let p = 0; p < wholePixels; p += 2) {
      let a0 = bias[o], a1 = a0, b0 = bias[o + 1], b1 = b0, c0 = bias[o + 2], c1 = c0, d0 = bias[o + 3], d1 = d0;
      let a = o * depth, b = a + depth, c = b + depth, d = c + depth;
      let first = p * depth, second = first + depth;
      for (const end = a + depth; a < end; ++a, ++b, ++c, ++d, ++first, ++second) {
        const x = windows[first];
        const y = windows[second];
        a0 += weights[a] * x;
        a1 += weights[a] * y;
        b0 += weights[b] * x;
        b1 += weights[b] * y;
        c0 += weights[c] * x;
        c1 += weights[c] * y;
        d0 += weights[d] * x;
        d1 += weights[d] * y;
      }
      const at = o * pixels + p;
      [result[at], result[at + 1]] = [a0, a1];
      [result[at + pixels], result[at + pixels + 1]] = [b0, b1];
      [result[at + 2 * pixels], result[at + 2 * pixels + 1]] = [c0, c1];
      [result[at + 3 * pixels], result[at + 3 * pixels + 1]] = [d0, d1];
    }
  addProducts(weights, bias, windows, depth, pixels, result, [0, wholeOutputs], [wholePixels, pixels]);
  addProducts(weights, bias, windows, depth, pixels, result, [wholeOutputs, outputs], [0, pixels]);
  return result;
}

// One by one, those outputs and pixels that four and two do not divide.
function addProducts(weights, bias, windows, depth, pixels, result, [firstOutput, endOutput], [firstPixel, endPixel]) {
  for (let o = firstOutput; o < endOutput; ++o)
    for (let p = firstPixel; p < endPixel; ++p) {
      let sum = bias[o];
      for (let k = 0; k < depth; ++k) sum += weights[o * depth + k] * windows[p * depth + k];
      result[o * pixels + p] = sum;
    }
}

function pool({input: [channels, height, width], output, kernel, stride}, start, gather, end) {
  const [, rows, columns] = output;
  return (values) => {
    const result = new Float32Array(size(output));
    let at = 0;
    for (let channel = 0; channel < channels; ++channel)
      for (let row = 0; row < rows; ++row)
        for (let column = 0; column < columns; ++column, ++at) {
          let gathered = start;
          const corner = (channel * height + row * stride) * width + column * stride;
          for (let y = 0; y < kernel; ++y) for (let x = 0; x < kernel; ++x) gathered = gather(gathered, values[corner + y * width + x]);
          result[at] = end(gathered);
        }
    return result;
  };
}

function channelMeans(values, channels) {
  const pixels = values.length / channels;
  return Float32Array.from({length: channels}, (_, channel) => {
    let sum = 0;
    for (let i = channel * pixels; i < (channel + 1) * pixels; ++i) sum += values[i];
    return sum / pixels;
  });
}

// Softmax.
function probabilities(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
