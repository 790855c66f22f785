// The numbers of a network, as the program put them down: gzipped, in base64. First little-endian floats - scales and
// biases -, then rows of weights as 8-bit whole numbers, 16-bit floats or 32-bit floats.

async function unpack(base64) {
  const zipped = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

// What layers read from, one after the other: floats(count), and weights(outputs, inputs), each row times its scale.
function numberReader(bytes, floatCount, bits) {
  const floats = new Float32Array(bytes, 0, floatCount);
  const stored = decodeWeights(bytes, 4 * floatCount, bits);
  let nextFloat = 0;
  let nextWeight = 0;
  const take = (count) => floats.subarray(nextFloat, nextFloat += count);
  return {
    floats: take,
    weights(outputs, inputs) {
      const scales = take(outputs);
      const rows = new Float32Array(outputs * inputs);
      for (let at = 0, row = 0; row < outputs; ++row)
        for (let column = 0; column < inputs; ++column, ++at) rows[at] = scales[row] * stored[nextWeight + at];
      nextWeight += outputs * inputs;
      return rows;
    },
  };
}

function decodeWeights(bytes, offset, bits) {
  if (bits === 8) return new Int8Array(bytes, offset);
  if (bits === 32) return new Float32Array(bytes, offset);
  return Float32Array.from(new Uint16Array(bytes, offset), float16);
}

// IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction. No weight is infinite.
function float16(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
